"""One rendered change: the model, the effect, and the rules that must fail.

A fault is named by the rule of config/standards or by the metric of the rule; one that the standard does
not have is ignored by the bench and reported.
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
        """The sitter's name; a photograph as it is has its own, as some were cut out as well."""
        return self.scene.name if self.sitter else f"{self.scene.name} (photograph)"

    @cached_property
    def clothes(self) -> Plane | None:
        return clothes_mask(self.scene) if self.scene.cut_out else None


Make = Callable[[Model], "Scene | None"]


@dataclass(frozen=True)
class Change:
    """One rendered change. `faults` must fail; `open` may do as they like; all else must be as without the change.

    `measure` and `true` are by how much a measure's value must have changed, where the truth is a number.
    `cut_out`: it needs a sitter who is separate from the backdrop.
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
        """The picture, or None where it cannot be rendered onto this model."""
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
    shaken: tuple[str, ...] = (),
    measure: str = "",
    cut_out: bool = True,
) -> Iterator[Change]:
    """One change of the scene in several strengths; those that are `is_wrong` must fail `rule` on `side` ("sign": low
    for negative strengths, high for others). `shaken` rules are left open where it is wrong, `left_open` ones
    always."""
    for strength in strengths:
        reported = ("low" if strength < 0 else "high") if side == "sign" else side
        faults = frozenset({(rule, reported)}) if is_wrong(strength) else frozenset()
        opened = frozenset((*left_open, *shaken) if faults else left_open)
        yield Change(name, strength, _maker(how, strength), faults, opened - {rule}, measure, strength, cut_out)


def _maker(how: Callable[[Scene, float], Scene], strength: float) -> Make:
    return lambda model: how(model.scene, strength)


def exceeds(limit: float) -> Callable[[float], bool]:
    """Wrong from `limit` on, to either side."""
    return lambda strength: abs(strength) > limit
