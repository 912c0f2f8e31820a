"""Every fault that can be rendered, in several strengths, with the rules that must fail and those left open.

Strengths are chosen by eye, not by the metrics: a photographer would reject a "clearly wrong" picture at a glance, and
nobody would mention a "just right" one. Strengths in between prove nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from config.arrays import Pixels
from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_light as light
from tests.bench import rendered_wear as wear
from tests.bench.rendered_change import Change, Fault, Model, graded_changes
from tests.bench.rendered_scene import photograph
from tests.bench.rendered_sitter_faults import sitter_changes
from tests.bench.rendered_sitters import BACKDROPS, plain_backdrop
from tests.bench.rendered_studio_faults import studio_changes

__all__ = ["Change", "Fault", "Model", "changes", "unchanged"]


def changes() -> Iterator[Change]:
    """Yield all changes."""
    yield from sitter_changes()
    yield from studio_changes()
    yield from _harmless_changes()


def _harmless_changes() -> Iterator[Change]:
    """Yield changes that must not change any verdict: other skin, another backdrop, JPEG, fewer pixels."""
    open_to_skin = ("face_contrast", "clothes_pattern")
    yield from graded_changes(
        "skin of reflectance", (0.18, 0.3, 0.5, 1.2), wear.change_skin, "", "*", _never, open_to_skin
    )
    for name, colour in BACKDROPS.items():
        hung = lambda s, _, c=colour: backdrop.set_backdrop_colour(s, plain_backdrop(c, s.size))  # noqa: E731
        yield from graded_changes(f"{name} backdrop", (1,), hung, "", "*", _never, ("clothes_backdrop",))
    sent = lambda s, k: light.compress(s, int(k))  # noqa: E731
    yield from graded_changes("JPEG", (75, 90), sent, "", "*", _never, cut_out=False)
    coarse = lambda s, k: replace(s, shrunk=k)  # noqa: E731
    yield from graded_changes("seen by a camera of fewer pixels", (0.67,), coarse, "", "*", _never, cut_out=True)


def _never(_: float) -> bool:
    return False


def unchanged(model: Model) -> Pixels:
    """Return the picture of the model without any change, with which every change is compared."""
    return photograph(model.scene)
