"""A repair with the real engine: only the painted region changes, never the face; its recipe gives the same bytes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from config.errors import Problem
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.image_io.decode import decode
from kiosk.capture.recipe.replay import plan_replay
from kiosk.capture.repair.portrait_repair import RepairSession, engine_for, open_session
from kiosk.capture.retouch.guard import compare
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import DraftPortrait, Portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.kiosk.capture.conftest import Take
from tests.kiosk.capture.repair.strategies import stroke

HOLE = stroke("remove", ((0.2, 0.97, 1.0), (0.3, 0.97, 1.0)), size=0.06)  # in the clothes
MCU_PX = 16  # one changed pixel can change a block of this size in a JPEG with halved colour


@dataclass(frozen=True)
class Repaired:
    shot: bytes
    parent: Portrait
    session: RepairSession
    portrait: DraftPortrait


@pytest.fixture(scope="module")
def engine() -> Iterator[PhotoEngine]:
    engine = PhotoEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def repaired(developed: tuple[Portrait, StoredFile], take: Take, engine: PhotoEngine) -> Repaired:
    parent, shot = developed[0], take("right").data
    session = open_session(engine, shot, parent.recipe)
    return Repaired(shot, parent, session, session.make(HOLE))


def test_the_repair_starts_from_the_parents_own_bytes(repaired: Repaired) -> None:
    assert repaired.session.same_bytes


def test_only_the_stroked_region_changes_and_never_the_face(repaired: Repaired) -> None:
    before, after = (decode(jpeg).pixels for jpeg in (repaired.parent.jpeg, repaired.portrait.jpeg))
    changed = (before != after).any(axis=2)
    assert changed[int(0.97 * 640), int(0.25 * 480)], "the stroke changed nothing"
    rows, columns = np.nonzero(changed)
    assert rows.min() >= int(0.94 * 640) - MCU_PX
    assert columns.min() >= int(0.17 * 480) - MCU_PX
    assert columns.max() <= int(0.33 * 480) + MCU_PX
    assert not changed[repaired.session.start.face].any()


def test_the_guard_accepts_the_repair(repaired: Repaired, finder: FaceFinder) -> None:
    assert compare(repaired.parent.jpeg, repaired.portrait.jpeg, finder).verdict is Outcome.PASS


def test_the_recipe_names_its_parent_and_gives_the_same_bytes(repaired: Repaired, engine: PhotoEngine) -> None:
    recipe = repaired.portrait.recipe
    assert recipe["repair"]["parent"] == repaired.parent.recipe["portrait"]
    assert recipe["repair"]["parent"]["sha256"] == repaired.parent.sha256
    assert recipe["portrait"]["sha256"] == sha256(repaired.portrait.jpeg).hexdigest()
    assert "verdicts" not in recipe
    assert engine.replay(repaired.shot, plan_replay(recipe)).jpeg == repaired.portrait.jpeg


def test_the_same_strokes_give_the_same_bytes_and_no_strokes_those_of_the_parent(repaired: Repaired) -> None:
    assert repaired.session.make(HOLE).jpeg == repaired.portrait.jpeg
    assert repaired.session.make(()).jpeg == repaired.parent.jpeg


def test_a_repaired_recipe_starts_from_the_same_parent(repaired: Repaired, engine: PhotoEngine) -> None:
    again = open_session(engine, repaired.shot, repaired.portrait.recipe)
    assert again.make(()).recipe["repair"]["parent"]["sha256"] == repaired.parent.sha256


def test_a_stroke_on_the_face_is_refused(repaired: Repaired) -> None:
    with pytest.raises(Problem) as problem:
        repaired.session.make(stroke("remove", ((0.5, 0.45, 1.0),)))
    assert problem.value.key == "repair.on_face"


def recipe_of_format(recipe: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the recipe as an earlier version wrote it."""
    old = copy.deepcopy(recipe)
    old["format"] = number
    del old["repair"], old["encoder"]["restart_interval"]
    if number == 1:
        output = old["standard"].pop("output")
        del old["decode"], old["network"], old["verdicts"], old["standard"]["sha256"]
        old["standard"]["background"] = output["background"]
    return old


@pytest.mark.parametrize("number", [1, 2])
def test_recipes_of_earlier_formats_are_repaired_and_get_the_current_format(
    repaired: Repaired, engine: PhotoEngine, number: int
) -> None:
    session = open_session(engine, repaired.shot, recipe_of_format(repaired.parent.recipe, number))
    assert session.same_bytes
    draft = session.make(HOLE)
    assert draft.jpeg == repaired.portrait.jpeg
    assert draft.recipe["format"] == 4
    assert engine.replay(repaired.shot, plan_replay(draft.recipe)).jpeg == draft.jpeg


def test_an_impossible_repair_is_one_problem(repaired: Repaired, engine: PhotoEngine) -> None:
    for shot, changes, key in (
        (b"another shot", {}, "repair.other_shot"),
        (repaired.shot, {"format": 9}, "recipe.format"),
        (repaired.shot, {"shot": 3}, "repair.other_shot"),
    ):
        with pytest.raises(Problem) as problem:
            open_session(engine, shot, {**repaired.parent.recipe, **changes})
        assert problem.value.key == key
    with pytest.raises(Problem) as problem:
        engine_for({**repaired.parent.recipe, "network": {"name": "of-a-school", "sha256": "0" * 64}})
    assert problem.value.key == "repair.network_missing"
