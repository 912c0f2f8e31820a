"""Every fault that can be rendered, in grids of strength, with the rules that must fail then and those left open.

A strength is chosen by what it is, not by what the measures make of it: "clearly wrong" is what a photographer would
send back at a glance, "just right" what nobody would mention. What lies between proves nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.guidance.detection.face import Pixels
from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_light as light
from tests.bench import rendered_wear as wear
from tests.bench.rendered_change import Change, Fault, Model, graded
from tests.bench.rendered_faults_of_sitter import of_sitter
from tests.bench.rendered_faults_of_studio import of_studio
from tests.bench.rendered_scene import photographed
from tests.bench.rendered_sitters import BACKDROPS, plain

__all__ = ["Change", "Fault", "Model", "changes", "own"]


def changes() -> Iterator[Change]:
    """All of them."""
    yield from of_sitter()
    yield from of_studio()
    yield from _harmless()


def _harmless() -> Iterator[Change]:
    """What must change no verdict at all: other skin, another backdrop, JPEG, fewer pixels."""
    open_to_skin = ("face_contrast", "clothes_pattern")
    yield from graded("skin of reflectance", (0.18, 0.3, 0.5, 1.2), wear.other_skin, "", "*", _never, open_to_skin)
    for name, colour in BACKDROPS.items():
        hung = lambda s, _, c=colour: backdrop.backdrop_colour(s, plain(c, s.size))  # noqa: E731
        yield from graded(f"{name} backdrop", (1,), hung, "", "*", _never, ("clothes_backdrop",))
    sent = lambda s, k: light.squeezed(s, int(k))  # noqa: E731
    yield from graded("JPEG", (75, 90), sent, "", "*", _never, cut_out=False)
    coarse = lambda s, k: replace(s, shrunk=k)  # noqa: E731
    yield from graded("seen by a camera of fewer pixels", (0.67,), coarse, "", "*", _never, cut_out=True)


def _never(_: float) -> bool:
    return False


def own(model: Model) -> Pixels:
    """The model without any change: what every change is held against."""
    return photographed(model.scene)
