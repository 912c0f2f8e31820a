"""Pictures whose truth is known: every rendered change of every sitter, and photographs labelled by looking at them.

    for picture in labelled_pictures(photo_folder(), finder):
        picture.pixels, picture.faults, picture.open

What the sitter before any change is, is labelled by hand for the pictures beside the repository; of a folder named in
ZHENGGUAN_PHOTOS nothing is known beforehand, so there a rule is held to what the unchanged picture passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.guidance.face import Pixels
from kiosk.guidance.landmarks import FaceFinder
from tests.bench.rendered_faults import Change, Fault, Model, changes, own
from tests.bench.rendered_sitters import photographs, sitters


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture and its truth: `faults` (rule, side) must fail, `open` rules may do as they like, the rest must be as
    in `base`'s own picture (change "as it is", strength 0)."""

    base: str
    change: str
    strength: float
    faults: frozenset[Fault]
    open: frozenset[str]
    measure: str
    true: float
    pixels: Pixels = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.base}: {self.change} {self.strength:+g}"


def models(folder: Path, finder: FaceFinder) -> Iterator[Model]:
    """Cut-out sitters first, each with the next one as the other person, then photographs as they are."""
    everyone = list(sitters(folder, finder))
    for number, sitter in enumerate(everyone):
        other = everyone[(number + 3) % len(everyone)] if len(everyone) > 1 else None
        yield Model(sitter.scene(), sitter, other)
    for scene in photographs(folder, finder):
        yield Model(scene)


def labelled_pictures(
    folder: Path, finder: FaceFinder, wanted: Callable[[Change], bool] = lambda change: True
) -> Iterator[Labelled]:
    """Of every model its own picture first, then each wanted change that can be rendered onto it."""
    for model in models(folder, finder):
        name = model.scene.name if model.sitter else f"{model.scene.name} (photograph)"
        yield Labelled(name, "as it is", 0.0, frozenset(), frozenset(), "", 0.0, own(model))
        for change in filter(wanted, changes()):
            pixels = change.rendered(model)
            if pixels is not None:
                truth = (change.faults, change.open, change.measure, change.true)
                yield Labelled(name, change.name, change.strength, *truth, pixels)
