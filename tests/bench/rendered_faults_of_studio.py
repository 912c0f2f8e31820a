"""Faults of the studio, rendered: light, colour, sharpness, backdrop and other people; in grids of strength."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_light as light
from tests.bench import rendered_wear as wear
from tests.bench.rendered_change import (
    BACKDROP,
    BODY,
    CLOTHES,
    COLOUR,
    FACE,
    GLASSES,
    HAIR,
    HEAD,
    LIGHT,
    SHARP,
    Change,
    Model,
    beyond,
    graded,
)
from tests.bench.rendered_scene import Scene

_TOUCHED: Final = (*LIGHT, *COLOUR, *BACKDROP, *CLOTHES, *SHARP, *HAIR, "teeth", *GLASSES)
"""What a great change of light may alter as well."""
_BEHIND: Final = (*BACKDROP, *CLOTHES, "backdrop_cast")


def of_studio() -> Iterator[Change]:
    """All of them."""
    yield from _of_light()
    yield from _of_tones()
    yield from _of_shadows()
    yield from _of_colour()
    yield from _of_sharpness()
    yield from _of_backdrop()
    yield from _of_people()


def _of_light() -> Iterator[Change]:
    touching, wrong = partial(graded, shaken=_TOUCHED), beyond(1)
    stops = (-3.5, -2.5, -0.3, 0.3, 1.6, 2.2)
    yield from touching("exposure", stops, light.exposed, "exposure", "sign", wrong, ("highlights",), cut_out=False)
    stops = (-2.2, -1.6, -0.2, 0.2, 1.6, 2.2)
    yield from touching(
        "light from own left", stops, light.side_light, "light_balance", "sign", wrong, measure="light_balance"
    )
    yield from touching("light from above", (-1.8, -0.2, 0.2, 1.8), light.level_light, "light_height", "*", wrong)


def _of_tones() -> Iterator[Change]:
    """Tones lost at either end, or pressed together by a veil."""
    touching, wrong = partial(graded, shaken=(*_TOUCHED, *FACE, *HEAD)), beyond(1)
    yield from touching("burnt spots", (0.2, 3), light.burnt, "highlights", "high", wrong, cut_out=False)
    stops = (-5.5, -0.2, 0.2, 5.5)
    yield from touching("one side lost in black", stops, light.lost_shadows, "crushed_share", "high", wrong)
    veil = light.veiled
    yield from touching("veil", (0.05, 0.45), veil, "face_contrast", "low", beyond(0.2), cut_out=False)
    dark = lambda s, k: light.exposed(wear.other_skin(s, 0.18), k)  # noqa: E731
    yield from touching("dark skin, exposure", (-2.5,), dark, "exposure", "low", wrong, ("face_contrast",))


def _of_shadows() -> Iterator[Change]:
    """Shadows and shine within the face."""
    touching, wrong = partial(graded, shaken=(*_TOUCHED, *FACE)), beyond(0.3)
    yield from touching("nose shadow", (0.08, 0.6), light.nose_shadow, "nose_shadow", "*", wrong, cut_out=False)
    yield from touching(
        "eye sockets dark", (0.08, 0.6), light.eye_socket_shadow, "socket_shadow", "*", wrong, cut_out=False
    )
    yield from touching("oily skin", (0.04, 0.6), light.oily, "shine", "high", wrong)


def _of_colour() -> Iterator[Change]:
    for cast in light.CASTS:
        tinted = partial(light.tinted, cast=cast)
        how = lambda s, k, tinted=tinted: tinted(s, strength=k)  # noqa: E731
        yield from graded(
            f"{cast} cast", (0.08, 0.9), how, "skin_cast", "*", beyond(0.5), ("highlights",), _TOUCHED, cut_out=False
        )


def _of_sharpness() -> Iterator[Change]:
    shaken = (*SHARP, *GLASSES, "hair_brows", "backdrop_folds", "clothes_pattern", "eyes_open", "gaze_aside")
    fading = partial(graded, shaken=shaken, cut_out=False)
    yield from fading("out of focus", (0.2, 2.0, 3.0), light.defocused, "focus", "low", beyond(1))
    for angle in (0, 45, 90):
        moved = lambda s, k, a=angle: light.smeared(s, k, a)  # noqa: E731
        yield from fading(f"smeared at {angle}°", (0.05,), moved, "motion_blur")
    yield from graded(
        "noise", (4, 18), light.grainy, "noise", "high", beyond(10), shaken=(*shaken, *BACKDROP, *HAIR), cut_out=False
    )


def _of_backdrop() -> Iterator[Change]:
    behind = partial(graded, shaken=_BEHIND)
    shadow = lambda s, k: backdrop.wall_shadow(s, abs(k), k > 0)  # noqa: E731
    depths = (-0.4, -0.25, -0.02, 0.02, 0.25, 0.4)
    yield from behind("shadow on backdrop", depths, shadow, "backdrop_shadow", "high", beyond(0.1))
    yield from behind("backdrop uneven", (-1, 0.06, 1), backdrop.uneven, "backdrop_even", "high", beyond(0.5))
    yield from behind("backdrop folded", (0.005, 0.15), backdrop.folded, "backdrop_folds", "high", beyond(0.1))
    for tint, gains in (("warm", (1.22, 1.0, 0.72)), ("cool", (0.82, 1.0, 1.25))):
        lit = lambda s, k, g=gains: backdrop.tinted(s, tuple(gain**k for gain in g))  # noqa: E731
        yield from behind(f"backdrop lit {tint}", (0.1, 1.0), lit, "backdrop_cast", "high", beyond(0.5))
    yield from behind("thing behind", (0.12, 0.6), backdrop.thing, "backdrop_clear")
    yield from behind("backdrop ends at", (0.7,), backdrop.wall_edge, "backdrop_edge")


def _of_people() -> Iterator[Change]:
    for size, x in ((0.8, 0.82), (0.55, 0.2), (0.3, 0.85), (0.22, 0.15)):
        yield _with_another("second person", size, x, ("one_face", "high"))
    yield _with_another("half a person", 0.8, 0.99, ("backdrop_clear", "*"))
    yield _with_another("an arm", 0.8, 1.1, ("backdrop_clear", "*"))


def _with_another(name: str, size: float, x: float, fault: tuple[str, str]) -> Change:
    def make(model: Model) -> Scene | None:
        return backdrop.second_person(model.scene, model.other, size, x) if model.other else None

    opened = frozenset({*BACKDROP, *CLOTHES, *BODY, "one_face"}) - {fault[0]}
    return Change(name, size, make, frozenset({fault}), opened)
