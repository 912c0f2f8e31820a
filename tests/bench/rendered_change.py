"""One rendered change: the model, the effect, and the rules that must fail.

A fault is named by the rule of config/standards or by the metric of the rule. The benchmark ignores and reports faults
that the standard does not contain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from config.arrays import Pixels, Plane
from tests.bench.rendered_scene import Scene, photograph
from tests.bench.rendered_sitters import Sitter
from tests.bench.rendered_wear import clothes_mask

Fault = tuple[str, str]
"""(rule or measure, side): side "low", "high", or "*" where both sides mean the same fault."""

PLACE: Final = ("place_across", "place_up", "face_size")
BODY: Final = ("shoulder_tilt", "shoulder_span", "head_offset", "head_lean")
HEAD: Final = ("yaw", "pitch", "roll", *BODY)
BACKDROP: Final = ("backdrop_shadow", "backdrop_even", "backdrop_folds", "backdrop_clear", "backdrop_edge")
LIGHT: Final = (
    "exposure",
    "highlights",
    "light_balance",
    "light_overlap",
    "light_height",
    "nose_shadow",
    "socket_shadow",
    "shine",
)
COLOUR: Final = ("skin_cast", "backdrop_cast", "face_contrast", "crushed_share")
SHARP: Final = ("focus", "motion_blur", "noise")
FACE: Final = ("eyes_open", "gaze_aside", "gaze_up", "mouth_closed", "smile", "teeth", "brow_height")
HAIR: Final = ("hair_brows", "hair_eyes", "hair_forehead", "ears")
GLASSES: Final = ("glasses", "tinted_glasses", "glare", "red_eye")
CLOTHES: Final = ("clothes_backdrop", "clothes_output", "bare_shoulders", "clothes_pattern")


@dataclass(frozen=True, eq=False)
class Model:
    """The model for faults: a scene without faults and, for cut-outs, the sitter and a second person."""

    scene: Scene
    sitter: Sitter | None = None
    other: Sitter | None = None

    @property
    def title(self) -> str:
        """The sitter's name, marked for a photograph, because some photographs are also cut-out sitters."""
        return self.scene.name if self.sitter else f"{self.scene.name} (photograph)"

    @cached_property
    def clothes(self) -> Plane | None:
        return clothes_mask(self.scene) if self.scene.cut_out else None


Make = Callable[[Model], "Scene | None"]


@dataclass(frozen=True)
class Change:
    """One rendered change: `faults` must fail, `open` rules may have any outcome, all others must be as without it.

    `true` is the change of the value of `measure`, if it is known as a number. `cut_out`: the change requires a sitter
    who is separate from the backdrop.
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

    def render(self, model: Model) -> Pixels | None:
        """Return the picture, or None if the change cannot be rendered onto this model."""
        scene = self.make(model) if model.scene.cut_out or not self.cut_out else None
        return None if scene is None else photograph(scene)


def graded_changes(
    name: str,
    strengths: tuple[float, ...],
    how: Callable[[Scene, float], Scene],
    rule: str,
    side: str = "*",
    is_wrong: Callable[[float], bool] = bool,
    left_open: tuple[str, ...] = (),
    affected: tuple[str, ...] = (),
    measure: str = "",
    cut_out: bool = True,
) -> Iterator[Change]:
    """Yield one change of the scene in several strengths.

    Those for which `is_wrong` is true must fail `rule` on `side` ("sign": low for negative strengths, high for others).
    `affected` rules are open at these strengths, `left_open` ones at all strengths.
    """
    for strength in strengths:
        failing_side = ("low" if strength < 0 else "high") if side == "sign" else side
        faults = frozenset({(rule, failing_side)}) if is_wrong(strength) else frozenset()
        opened = frozenset((*left_open, *affected) if faults else left_open)
        yield Change(name, strength, _maker(how, strength), faults, opened - {rule}, measure, strength, cut_out)


def _maker(how: Callable[[Scene, float], Scene], strength: float) -> Make:
    return lambda model: how(model.scene, strength)


def exceeds(limit: float) -> Callable[[float], bool]:
    """Return a check whether a strength exceeds `limit` on either side."""
    return lambda strength: abs(strength) > limit
