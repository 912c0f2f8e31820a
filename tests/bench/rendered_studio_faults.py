"""Rendered faults of the studio in several strengths: light, colour, sharpness, backdrop and other people."""

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
    exceeds,
    graded_changes,
)
from tests.bench.rendered_scene import Scene

_LIT: Final = (*LIGHT, *COLOUR, *BACKDROP, *CLOTHES, *SHARP, *HAIR, "teeth", *GLASSES)
"""The rules that a large change of light may affect as well."""
_BEHIND: Final = (*BACKDROP, *CLOTHES, "backdrop_cast")


def studio_changes() -> Iterator[Change]:
    """Yield all changes."""
    yield from _light_changes()
    yield from _tone_changes()
    yield from _shadow_changes()
    yield from _colour_changes()
    yield from _sharpness_changes()
    yield from _backdrop_changes()
    yield from _people_changes()


def _light_changes() -> Iterator[Change]:
    graded, wrong = partial(graded_changes, affected=_LIT), exceeds(1)
    stops = (-3.5, -2.5, -0.3, 0.3, 1.6, 2.2)
    yield from graded(
        "exposure", stops, light.change_exposure, "exposure", "sign", wrong, ("highlights",), cut_out=False
    )
    stops = (-2.2, -1.6, -0.2, 0.2, 1.6, 2.2)
    yield from graded(
        "light from own left", stops, light.add_side_light, "light_balance", "sign", wrong, measure="light_balance"
    )
    yield from graded("light from above", (-1.8, -0.2, 0.2, 1.8), light.add_vertical_light, "light_height", "*", wrong)


def _tone_changes() -> Iterator[Change]:
    """Yield tones lost at either end, or compressed by a veil."""
    graded, wrong = partial(graded_changes, affected=(*_LIT, *FACE, *HEAD)), exceeds(1)
    yield from graded("burnt spots", (0.2, 3), light.clip_highlights, "highlights", "high", wrong, cut_out=False)
    stops = (-5.5, -0.2, 0.2, 5.5)
    yield from graded("one side lost in black", stops, light.crush_shadows, "crushed_share", "high", wrong)
    veil = light.add_veil
    yield from graded("veil", (0.05, 0.45), veil, "face_contrast", "low", exceeds(0.2), cut_out=False)
    dark = lambda s, k: light.change_exposure(wear.change_skin(s, 0.18), k)  # noqa: E731
    yield from graded("dark skin, exposure", (-2.5,), dark, "exposure", "low", wrong, ("face_contrast",))


def _shadow_changes() -> Iterator[Change]:
    """Yield shadows and shine within the face."""
    graded, wrong = partial(graded_changes, affected=(*_LIT, *FACE)), exceeds(0.3)
    yield from graded("nose shadow", (0.08, 0.6), light.add_nose_shadow, "nose_shadow", "*", wrong, cut_out=False)
    yield from graded(
        "eye sockets dark", (0.08, 0.6), light.add_eye_socket_shadow, "socket_shadow", "*", wrong, cut_out=False
    )
    yield from graded("oily skin", (0.04, 0.6), light.add_shine, "shine", "high", wrong)


def _colour_changes() -> Iterator[Change]:
    for cast in light.CASTS:
        tinted = partial(light.tint, cast=cast)
        how = lambda s, k, tinted=tinted: tinted(s, strength=k)  # noqa: E731
        yield from graded_changes(
            f"{cast} cast", (0.08, 0.9), how, "skin_cast", "*", exceeds(0.5), ("highlights",), _LIT, cut_out=False
        )


def _sharpness_changes() -> Iterator[Change]:
    affected = (*SHARP, *GLASSES, "hair_brows", "backdrop_folds", "clothes_pattern", "eyes_open", "gaze_aside")
    graded = partial(graded_changes, affected=affected, cut_out=False)
    yield from graded("out of focus", (0.2, 2.0, 3.0), light.defocus, "focus", "low", exceeds(1))
    for angle in (0, 45, 90):
        moved = lambda s, k, a=angle: light.smear(s, k, a)  # noqa: E731
        yield from graded(f"smeared at {angle}°", (0.05,), moved, "motion_blur")
    yield from graded_changes(
        "noise",
        (4, 18),
        light.add_grain,
        "noise",
        "high",
        exceeds(10),
        affected=(*affected, *BACKDROP, *HAIR),
        cut_out=False,
    )


def _backdrop_changes() -> Iterator[Change]:
    behind = partial(graded_changes, affected=_BEHIND)
    shadow = lambda s, k: backdrop.add_wall_shadow(s, abs(k), k > 0)  # noqa: E731
    depths = (-0.4, -0.25, -0.02, 0.02, 0.25, 0.4)
    yield from behind("shadow on backdrop", depths, shadow, "backdrop_shadow", "high", exceeds(0.1))
    yield from behind("backdrop uneven", (-1, 0.06, 1), backdrop.uneven_light, "backdrop_even", "high", exceeds(0.5))
    yield from behind("backdrop folded", (0.005, 0.15), backdrop.add_folds, "backdrop_folds", "high", exceeds(0.1))
    for tint, gains in (("warm", (1.22, 1.0, 0.72)), ("cool", (0.82, 1.0, 1.25))):
        lit = lambda s, k, g=gains: backdrop.tint(s, tuple(gain**k for gain in g))  # noqa: E731
        yield from behind(f"backdrop lit {tint}", (0.1, 1.0), lit, "backdrop_cast", "high", exceeds(0.5))
    yield from behind("thing behind", (0.12, 0.6), backdrop.add_object, "backdrop_clear")
    yield from behind("backdrop ends at", (0.7,), backdrop.end_backdrop, "backdrop_edge")


def _people_changes() -> Iterator[Change]:
    for size, x in ((0.8, 0.82), (0.55, 0.2), (0.3, 0.85), (0.22, 0.15)):
        yield _second_person_change("second person", size, x, ("one_face", "high"))
    yield _second_person_change("half a person", 0.8, 0.99, ("backdrop_clear", "*"))
    yield _second_person_change("an arm", 0.8, 1.1, ("backdrop_clear", "*"))


def _second_person_change(name: str, size: float, x: float, fault: tuple[str, str]) -> Change:
    def make(model: Model) -> Scene | None:
        return backdrop.add_second_person(model.scene, model.other, size, x) if model.other else None

    opened = frozenset({*BACKDROP, *CLOTHES, *BODY, "one_face"}) - {fault[0]}
    return Change(name, size, make, frozenset({fault}), opened)
