"""Every fault that can be rendered, in grids of strength, with the rules that must fail then and those left open.

A strength is chosen by what it is, not by what the measures make of it: "clearly wrong" is what a photographer would
send back at a glance, "just right" what nobody would mention. What lies between proves nothing and is left out. A rule
is named as in config/standards; one that the standard does not have (yet) is ignored by the bench and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from kiosk.guidance.face import Pixels
from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_face as expression
from tests.bench import rendered_light as light
from tests.bench import rendered_pose as pose
from tests.bench import rendered_wear as wear
from tests.bench.rendered_scene import Plane, Scene, photographed
from tests.bench.rendered_sitters import BACKDROPS, EYES, FACE_SHARE, Sitter, plain

Fault = tuple[str, str]
"""(rule, side): side "low", "high", or "*" where either side tells the same fault."""

_PLACE: Final = ("place_across", "place_up", "face_size")
_BODY: Final = ("shoulders_level", "shoulders_square", "head_centred", "head_upright")
_HEAD: Final = ("yaw", "pitch", "roll", *_BODY)
_BACKDROP: Final = ("backdrop_shadow", "backdrop_even", "backdrop_folds", "backdrop_clear", "backdrop_edge")
_LIGHT: Final = ("exposure", "highlights", "light_balance", "light_height", "nose_shadow", "eye_sockets", "shine")
_COLOUR: Final = ("colour", "backdrop_cast", "contrast", "shadows_clipped")
_SHARP: Final = ("focus", "motion_blur", "noise")
_FACE: Final = ("eyes_open", "gaze", "mouth_closed", "expression", "teeth", "brows")
_HAIR: Final = ("hair_brows", "hair_eyes", "hair_forehead")
_GLASSES: Final = ("glasses", "tinted_glasses", "glare", "red_eye")
_CLOTHES: Final = ("clothes_backdrop", "clothes_output", "bare_shoulders", "clothes_pattern")


@dataclass(frozen=True, eq=False)
class Model:
    """Whom faults are rendered onto: a scene as right as it can be and, for cut-outs, the sitter and another one."""

    scene: Scene
    sitter: Sitter | None = None
    other: Sitter | None = None

    @cached_property
    def clothes(self) -> Plane | None:
        return wear.clothes_of(self.scene) if self.scene.cut_out else None


Make = Callable[[Model], "Scene | None"]


@dataclass(frozen=True)
class Change:
    """One rendered change. `faults` must fail; `open` may do as they like; all else must be as without the change.

    `measure` and `true` are by how much a measure's value must have changed, where the truth is a number.
    `cut_out` says that it needs a sitter apart from the backdrop.
    """

    name: str
    strength: float
    make: Make = field(repr=False)
    faults: frozenset[Fault] = frozenset()
    open: frozenset[str] = frozenset()
    measure: str = ""
    true: float = 0.0
    cut_out: bool = True

    @property
    def title(self) -> str:
        return f"{self.name} {self.strength:+g}"

    def rendered(self, model: Model) -> Pixels | None:
        """The picture, or None where it cannot be rendered onto this model."""
        scene = self.make(model) if model.scene.cut_out or not self.cut_out else None
        return None if scene is None else photographed(scene)


def changes() -> Iterator[Change]:
    """All of them, in the order in which a photographer would look."""
    yield from _of_place()
    yield from _of_head()
    yield from _of_body()
    yield from _of_face()
    yield from _of_hair_and_glasses()
    yield from _of_light()
    yield from _of_backdrop()
    yield from _of_people_and_clothes()
    yield from _harmless()


def _change(
    name: str,
    strength: float,
    make: Callable[[Scene], Scene],
    *faults: Fault,
    left_open: tuple[str, ...] = (),
    measure: str = "",
    true: float = 0.0,
    cut_out: bool = True,
) -> Change:
    """A change of the scene alone."""
    opened = frozenset(left_open) - {rule for rule, _ in faults}
    return Change(name, strength, lambda model: make(model.scene), frozenset(faults), opened, measure, true, cut_out)


def _placed(face_share: float = FACE_SHARE, x: float = EYES[0], y: float = EYES[1]) -> Make:
    return lambda model: model.sitter.scene(face_share, (x, y)) if model.sitter else None


def _of_place() -> Iterator[Change]:
    around = frozenset((*_BODY, *_BACKDROP, *_CLOTHES))
    for off in (-0.2, -0.15, -0.05, 0.05, 0.15, 0.2):
        faults = frozenset({("place_across", "low" if off < 0 else "high")}) if abs(off) > 0.1 else frozenset()
        yield Change("shifted across", off, _placed(x=0.5 + off), faults, around, "face_x", off)
    for to, side in ((0.24, "low"), (0.36, ""), (0.48, ""), (0.6, "high")):
        faults = frozenset({("place_up", side)}) if side else frozenset()
        yield Change("eyes at height", to, _placed(y=to), faults, around, "eye_y", to - EYES[1])
    for share, side in ((0.1, "low"), (0.135, "low"), (0.18, ""), (0.235, ""), (0.3, "high"), (0.36, "high")):
        faults = frozenset({("face_size", side)}) if side else frozenset()
        opened = around | set(_SHARP) | {"place_up"}
        yield Change("face width of height", share, _placed(share), faults, opened, "face_size", share - FACE_SHARE)


def _of_head() -> Iterator[Change]:
    drawn = (*_HEAD, *_FACE, *_HAIR, "light_balance", "nose_shadow", "face_size", "glasses")
    for angle in (-20, -15, -4, 4, 15, 20):
        faults = (("yaw", "low" if angle < 0 else "high"),) if abs(angle) > 10 else ()
        left = tuple(rule for rule in drawn if rule != "yaw")
        yield _change(
            "turned",
            angle,
            lambda s, a=angle: pose.turned(s, yaw=a),
            *faults,
            left_open=left,
            measure="yaw",
            true=angle,
            cut_out=False,
        )
    for angle in (-20, -4, 4, 20):
        faults = (("pitch", "low" if angle < 0 else "high"),) if abs(angle) > 10 else ()
        left = tuple(rule for rule in drawn if rule != "pitch")
        yield _change(
            "nodding",
            angle,
            lambda s, a=angle: pose.turned(s, pitch=a),
            *faults,
            left_open=left,
            measure="pitch",
            true=angle,
            cut_out=False,
        )
    for angle in (-12, -7, -1.5, 1.5, 7, 12):
        faults = (("roll", "low" if angle < 0 else "high"),) if abs(angle) > 5 else ()
        left = ("yaw", "pitch", *_BODY, "place_across")
        yield _change(
            "head tilted",
            angle,
            lambda s, a=angle: pose.tilted(s, a),
            *faults,
            left_open=left,
            measure="roll",
            true=angle,
        )
        yield _change(
            "leaning",
            angle,
            lambda s, a=angle: pose.rolled(s, a),
            *faults,
            left_open=(*left, *_BACKDROP),
            measure="roll",
            true=angle,
            cut_out=False,
        )


def _of_body() -> Iterator[Change]:
    for angle in (-12, -9, -2, 2, 9, 12):
        faults = (("shoulders_level", "*"),) if abs(angle) > 6 else ()
        yield _change(
            "shoulders askew",
            angle,
            lambda s, a=angle: pose.shoulders_tilted(s, a),
            *faults,
            left_open=(*_BODY, *_BACKDROP, *_CLOTHES),
            measure="shoulder_tilt",
            true=angle,
        )
    for off in (-0.35, -0.05, 0.05, 0.35):
        faults = (("head_centred", "*"),) if abs(off) > 0.2 else ()
        yield _change(
            "head off middle",
            off,
            lambda s, o=off: pose.head_off_middle(s, o),
            *faults,
            left_open=("place_across", *_BODY),
            measure="head_offset",
            true=off,
        )
    for narrowed in (0.55, 0.95):
        faults = (("shoulders_square", "*"),) if narrowed < 0.7 else ()
        yield _change(
            "body turned",
            narrowed,
            lambda s, n=narrowed: pose.body_turned(s, n),
            *faults,
            left_open=(*_BODY, *_BACKDROP, *_CLOTHES),
        )


def _of_face() -> Iterator[Change]:
    eyes = ("eyes_open", "gaze", "brows", "glasses", "tinted_glasses", "red_eye", "eye_sockets", *_SHARP)
    yield _change(
        "eyes shut", 0, lambda s: expression.eyes_opened(s, 0), ("eyes_open", "low"), left_open=eyes, cut_out=False
    )
    yield _change(
        "one eye shut",
        0,
        lambda s: expression.eyes_opened(s, 0, (0,)),
        ("eyes_open", "low"),
        left_open=eyes,
        cut_out=False,
    )
    for aside in (-0.22, -0.03, 0.03, 0.22):
        faults = (("gaze", "*"),) if abs(aside) > 0.1 else ()
        yield _change(
            "gaze aside",
            aside,
            lambda s, a=aside: expression.gazing(s, a),
            *faults,
            left_open=eyes if faults else (),
            measure="gaze_aside",
            true=aside,
            cut_out=False,
        )
    yield _change(
        "gaze up", 0.1, lambda s: expression.gazing(s, 0, 0.1), ("gaze_up", "*"), left_open=eyes, cut_out=False
    )
    lips = ("mouth_closed", "expression", "teeth", "pitch", "light_height")
    for gap in (0.2, 0.35):
        yield _change(
            "mouth open",
            gap,
            lambda s, g=gap: expression.mouth_opened(s, g),
            ("mouth_closed", "high"),
            left_open=lips,
            cut_out=False,
        )
    yield _change(
        "teeth shown",
        0.25,
        lambda s: expression.mouth_opened(s, 0.25, teeth=True),
        ("teeth", "high"),
        left_open=lips,
        cut_out=False,
    )
    for smile in (0.15, 1.2):
        faults = (("expression", "high"),) if smile > 1 else ()
        yield _change(
            "smiling",
            smile,
            lambda s, k=smile: expression.smiling(s, k),
            *faults,
            left_open=(*lips, *eyes),
            cut_out=False,
        )
    yield _change(
        "brows raised",
        0.5,
        lambda s: expression.brows_raised(s, 0.5),
        ("brows", "high"),
        left_open=(*eyes, *_HAIR),
        cut_out=False,
    )


def _of_hair_and_glasses() -> Iterator[Change]:
    hair = (*_HAIR, *_FACE, *_LIGHT, "pitch", "focus", "glasses", "contrast")
    yield _change("hair over forehead", 1, lambda s: wear.fringe(s, "forehead"), ("hair_forehead", "*"), left_open=hair)
    yield _change("hair over brows", 1, lambda s: wear.fringe(s, "brows"), ("hair_brows", "*"), left_open=hair)
    yield _change(
        "hair over an eye",
        1,
        lambda s: wear.fringe(s, "eyes", left_only=True),
        ("hair_eyes", "*"),
        left_open=(*hair, *_HEAD, *_GLASSES, "one_face"),
    )
    eyes = (*_FACE, *_GLASSES, *_SHARP, "hair_brows", "hair_eyes", "eye_sockets", "contrast", "nose_shadow")
    for rim in (0.01, 0.03):
        yield _change(
            "glasses", rim, lambda s, r=rim: wear.glasses(s, r), ("glasses", "*"), left_open=eyes, cut_out=False
        )
    yield _change(
        "tinted glasses",
        0.8,
        lambda s: wear.glasses(s, 0.02, tint=0.8),
        ("tinted_glasses", "*"),
        left_open=(*eyes, "one_face", *_HEAD),
        cut_out=False,
    )
    yield _change(
        "glare in glasses",
        0.9,
        lambda s: wear.glasses(s, 0.015, glare=0.9),
        ("glare", "*"),
        left_open=(*eyes, "highlights", "shine"),
        cut_out=False,
    )


def _of_light() -> Iterator[Change]:
    touched = (*_LIGHT, *_COLOUR, *_BACKDROP, *_CLOTHES, *_SHARP, "teeth", *_GLASSES)
    for stops in (-3.5, -2.5, -0.3, 0.3, 1.6, 2.2):
        faults = (("exposure", "low" if stops < 0 else "high"),) if abs(stops) > 1 else ()
        yield _change(
            "exposure",
            stops,
            lambda s, k=stops: light.exposed(s, k),
            *faults,
            left_open=touched if faults else ("highlights",),
            cut_out=False,
        )
    for stops in (-2.2, -1.6, -0.2, 0.2, 1.6, 2.2):
        faults = (("light_balance", "high" if stops > 0 else "low"),) if abs(stops) > 1 else ()
        yield _change(
            "light from own left",
            stops,
            lambda s, k=stops: light.side_light(s, k),
            *faults,
            left_open=(*touched, *_HAIR) if faults else (),
        )
    for stops in (-1.8, -0.2, 0.2, 1.8):
        faults = (("light_height", "*"),) if abs(stops) > 1 else ()
        yield _change(
            "light from above",
            stops,
            lambda s, k=stops: light.level_light(s, k),
            *faults,
            left_open=(*touched, *_HAIR) if faults else (),
        )
    for depth in (0.08, 0.6):
        faults = (("nose_shadow", "*"),) if depth > 0.3 else ()
        yield _change(
            "nose shadow",
            depth,
            lambda s, d=depth: light.nose_shadow(s, d),
            *faults,
            left_open=(*touched, *_HAIR) if faults else (),
            cut_out=False,
        )
        faults = (("eye_sockets", "*"),) if depth > 0.3 else ()
        yield _change(
            "eye sockets dark",
            depth,
            lambda s, d=depth: light.eye_socket_shadow(s, d),
            *faults,
            left_open=(*touched, *_HAIR, *_FACE) if faults else (),
            cut_out=False,
        )
    for shine in (0.04, 0.6):
        faults = (("shine", "high"),) if shine > 0.3 else ()
        yield _change(
            "oily skin",
            shine,
            lambda s, k=shine: light.oily(s, k),
            *faults,
            left_open=(*touched, *_HAIR) if faults else (),
        )
    for cast in light.CASTS:
        for strength in (0.08, 0.9):
            faults = (("colour", "*"),) if strength > 0.5 else ()
            yield _change(
                f"{cast} cast",
                strength,
                lambda s, c=cast, k=strength: light.tinted(s, c, k),
                *faults,
                left_open=(*touched, *_HAIR) if faults else ("highlights",),
                cut_out=False,
            )
    yield from _of_sharpness()


def _of_sharpness() -> Iterator[Change]:
    opened = (*_SHARP, *_GLASSES, "hair_brows", "backdrop_folds", "clothes_pattern", "eyes_open")
    for sigma in (0.2, 2.0, 3.0):
        faults = (("focus", "low"),) if sigma > 1 else ()
        yield _change(
            "out of focus",
            sigma,
            lambda s, k=sigma: light.defocused(s, k),
            *faults,
            left_open=opened if faults else (),
            cut_out=False,
        )
    for angle in (0, 45, 90):
        yield _change(
            f"smeared at {angle}°",
            0.05,
            lambda s, a=angle: light.smeared(s, 0.05, a),
            ("motion_blur", "*"),
            left_open=opened,
            cut_out=False,
        )
    yield _change(
        "noise",
        18,
        lambda s: light.grainy(s, 18),
        ("noise", "high"),
        left_open=(*opened, *_BACKDROP, *_HAIR),
        cut_out=False,
    )


def _of_backdrop() -> Iterator[Change]:
    opened = (*_BACKDROP, *_CLOTHES, "backdrop_cast")
    for depth in (-0.4, -0.25, -0.02, 0.02, 0.25, 0.4):
        faults = (("backdrop_shadow", "high"),) if abs(depth) > 0.1 else ()
        yield _change(
            "shadow on backdrop",
            depth,
            lambda s, d=depth: backdrop.wall_shadow(s, abs(d), d > 0),
            *faults,
            left_open=opened if faults else (),
        )
    for stops in (-1.3, 0.1, 1.3):
        faults = (("backdrop_even", "high"),) if abs(stops) > 1 else ()
        yield _change(
            "backdrop uneven",
            stops,
            lambda s, k=stops: backdrop.uneven(s, k),
            *faults,
            left_open=opened if faults else (),
        )
    for depth in (0.005, 0.15):
        faults = (("backdrop_folds", "high"),) if depth > 0.1 else ()
        yield _change(
            "backdrop folded",
            depth,
            lambda s, d=depth: backdrop.folded(s, d),
            *faults,
            left_open=opened if faults else (),
        )
    for wide in (0.12, 0.6):
        yield _change(
            "thing behind", wide, lambda s, w=wide: backdrop.thing(s, w), ("backdrop_clear", "*"), left_open=opened
        )
    yield _change("backdrop ends", 0.7, lambda s: backdrop.wall_edge(s, 0.7), ("backdrop_edge", "*"), left_open=opened)


def _second(size: float, x: float) -> Make:
    return lambda model: backdrop.second_person(model.scene, model.other, size, x) if model.other else None


def _dressed(how: Callable[[Scene, Plane], Scene]) -> Make:
    return lambda model: how(model.scene, model.clothes) if model.clothes is not None else None


def _of_people_and_clothes() -> Iterator[Change]:
    opened = frozenset((*_BACKDROP, *_CLOTHES, *_BODY))
    for size, x in ((0.8, 0.82), (0.55, 0.2), (0.3, 0.85), (0.22, 0.15)):
        yield Change("second person", size, _second(size, x), frozenset({("one_face", "high")}), opened)
    yield Change("half a person", 0.8, _second(0.8, 0.99), frozenset({("backdrop_clear", "*")}), opened | {"one_face"})
    yield Change("an arm", 0.8, _second(0.8, 1.1), frozenset({("backdrop_clear", "*")}), opened | {"one_face"})
    for name, colour in BACKDROPS.items():
        dressed = _dressed(
            lambda s, m, c=colour, n=name: wear.dyed(backdrop.backdrop_colour(s, plain(BACKDROPS[n])), c, m)
        )
        yield Change(f"{name} clothes before {name}", 1, dressed, frozenset({("clothes_backdrop", "*")}), opened)
    output = _dressed(lambda s, m: wear.dyed(s, (100, 197, 255), m))
    yield Change("clothes of the output's blue", 1, output, frozenset({("clothes_output", "*")}), opened)
    yield Change("striped clothes", 0.08, _dressed(wear.striped), frozenset({("clothes_pattern", "high")}), opened)
    upright = _dressed(lambda s, m: wear.striped(s, m, 0.12, True))
    yield Change("striped clothes upright", 0.12, upright, frozenset({("clothes_pattern", "high")}), opened)
    yield Change(
        "bare shoulders",
        1,
        _dressed(wear.bare_shoulders),
        frozenset({("bare_shoulders", "high")}),
        opened | {"one_face"},
    )
    dark = _dressed(lambda s, m: wear.dyed(s, (45, 48, 60), m))
    yield Change("dark clothes", 1, dark, frozenset(), frozenset({"clothes_pattern", *_BODY}))


def _harmless() -> Iterator[Change]:
    """What must change no verdict at all: other skin, another backdrop, a camera's noise, JPEG."""
    for reflectance in (0.3, 0.5, 1.2):
        yield _change(
            "skin of reflectance",
            reflectance,
            lambda s, r=reflectance: wear.other_skin(s, r),
            left_open=("contrast", "clothes_pattern"),
        )
    for name, colour in BACKDROPS.items():
        yield _change(
            f"{name} backdrop",
            1,
            lambda s, c=colour: backdrop.backdrop_colour(s, plain(c)),
            left_open=("clothes_backdrop",),
        )
    yield _change("noise", 4, lambda s: light.grainy(s, 4.0), cut_out=False)
    for quality in (75, 90):
        yield _change("JPEG", quality, lambda s, q=quality: light.squeezed(s, q), cut_out=False)


def own(model: Model) -> Pixels:
    """The model without any change: what every change is held against."""
    return np.asarray(photographed(model.scene), np.uint8)
