"""Pictures whose truth is known: every rendered change of every sitter, and photographs labelled by hand.

Faults of a sitter before any change are labelled by hand (labels.toml) for the pictures beside the repository. The
pictures of a folder set in ZHENGGUAN_PHOTOS have no labels: there a rule must pass if it passes the unchanged picture,
which is a weaker claim, and fail if its fault was rendered.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from config.arrays import Pixels
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.rendered_faults import Change, Fault, Model, changes, unchanged
from tests.bench.rendered_sitters import photographs, sitters

LABELS: Final = Path(__file__).with_name("labels.toml")
_FRAMING: Final = frozenset({"place_across", "place_up", "face_size"})


@dataclass(frozen=True)
class Truth:
    """The expected verdicts on a picture.

    `faults` must fail; `open` rules may have any outcome. `known`: a person checked the picture before the change, so
    it has no other faults than `own_faults`.
    """

    change: str = ""
    strength: float = 0.0
    faults: frozenset[Fault] = frozenset()
    open: frozenset[str] = frozenset()
    own_faults: frozenset[Fault] = frozenset()
    known: bool = False
    measure: str = ""
    true: float = 0.0

    def should_fail(self, rule: str, measure: str, passed_before: set[str]) -> str | None:
        """Return the side on which `rule` must fail ("*": either), "" if it must pass, None if that is unknown.

        Faults and open rules may be named by the rule or by its measure.
        """
        names = {rule, measure}
        for faults, opened in ((self.faults, frozenset()), (self.own_faults, self.open)):
            sides = [side for name, side in faults if name in names]
            if sides:
                return None if names & opened else sides[0]
        if names & self.open:
            return None
        return "" if self.known or rule in passed_before else None

    def expected(self, before: float) -> float:
        """Return the expected value of the changed measure, which was `before`.

        A balance of light, (left - right) over (left + right), changes with the stops between the sides; to all other
        measures the change is added.
        """
        if self.measure == "light_balance":
            return math.tanh(math.atanh(max(-0.99, min(0.99, before))) + self.true * math.log(2) / 2)
        return before + self.true


@dataclass(frozen=True)
class Shard:
    """A part of the pictures: every `count`th model beginning with `index`, and every `stride`th change."""

    index: int = 0
    count: int = 1
    stride: int = 1


WHOLE_SET: Final = Shard()


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture and its truth."""

    base: str
    truth: Truth
    pixels: Pixels = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.base}, {self.truth.change} {self.truth.strength:+g}" if self.truth.change else self.base


def models(folder: Path, finder: FaceFinder) -> Iterator[Model]:
    """Yield the cut-out sitters, each with another one as the second person, then the unchanged photographs."""
    everyone = list(sitters(folder, finder))
    for number, sitter in enumerate(everyone):
        other = everyone[(number + 3) % len(everyone)] if len(everyone) > 1 else None
        yield Model(sitter.scene(), sitter, other)
    for scene in photographs(folder, finder):
        yield Model(scene)


def labelled_pictures(folder: Path, finder: FaceFinder, shard: Shard = WHOLE_SET) -> Iterator[LabelledPicture]:
    """Yield the unchanged picture of every model, followed by the changes that can be rendered onto it."""
    for number, model in enumerate(models(folder, finder)):
        if number % shard.count != shard.index:
            continue
        before = truth_for(model)
        yield LabelledPicture(model.title, before, unchanged(model))
        for change in islice(changes(), number % shard.stride, None, shard.stride):
            pixels = change.render(model)
            if pixels is not None:
                yield LabelledPicture(model.title, _after_change(before, change), pixels)


def truth_for(model: Model) -> Truth:
    """Return the truth of the model before any change, from its label if there is one."""
    label = _read_labels().get(model.title)
    opened = _FRAMING if model.sitter is None else frozenset()
    if label is None:
        return Truth(open=opened)
    faults = frozenset((name, side) for name, side in label.get("faults", {}).items())
    return Truth(open=opened | frozenset(label.get("open", ())), own_faults=faults, known=True)


def _after_change(before: Truth, change: Change) -> Truth:
    return replace(
        before,
        change=change.name,
        strength=change.strength,
        faults=change.faults,
        open=before.open | change.open,
        measure=change.measure,
        true=change.true,
    )


@cache
def _read_labels() -> dict[str, dict]:
    return tomllib.loads(LABELS.read_text(encoding="utf-8"))
