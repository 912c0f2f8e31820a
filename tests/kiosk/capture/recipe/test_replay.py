"""Recipes, those of earlier methods too, give the same bytes as on the day they were made.

tests/fixtures/recipes contains a recipe for each method, and their shot; the person is NASA's public-domain portrait.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest

from config.errors import Problem
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.matte import METHOD, METHOD_WITHOUT_GAPS, MatteSettings
from kiosk.capture.recipe.recipe import backdrop_of, software_versions
from kiosk.capture.recipe.replay import plan_replay
from tests.paths import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "recipes"
SHOT = FOLDER / "method_2.jpg"
PIXEL_SOFTWARE = ("mediapipe", "opencv", "pymatting", "numba", "scipy", "pillow", "numpy", "machine")


def recipe_of(method: str) -> dict[str, Any]:
    recipe: dict[str, Any] = json.loads((FOLDER / f"{method}.json").read_text(encoding="utf-8"))
    return recipe


@pytest.mark.parametrize("method", ["method_2", "method_3"])
def test_a_recipe_of_each_method_gives_the_same_bytes(method: str) -> None:
    recipe, installed = recipe_of(method), software_versions()
    others = {name for name in PIXEL_SOFTWARE if recipe["software"][name] != installed[name]}
    if others:
        pytest.skip(f"recorded with other versions of {', '.join(sorted(others))}")
    plan = plan_replay(recipe)
    assert json.loads(json.dumps(plan.matte.as_recipe())) == recipe["matte"]
    engine = PhotoEngine(plan.matte)
    replayed = engine.replay(SHOT.read_bytes(), plan)
    engine.close()
    assert sha256(replayed.jpeg).hexdigest() == recipe["portrait"]["sha256"]


def test_the_method_defines_whether_gaps_are_found() -> None:
    recipe = recipe_of("method_2")
    assert recipe["matte"]["method"] == METHOD_WITHOUT_GAPS
    assert plan_replay(recipe).matte.trimap.gaps is None
    assert backdrop_of(recipe) is None
    now = json.loads(json.dumps(MatteSettings().as_recipe()))
    assert now["method"] == METHOD
    assert plan_replay({**recipe, "matte": now}).matte == MatteSettings()


def test_a_recipe_without_settings_of_its_method_is_refused() -> None:
    recipe = recipe_of("method_2")
    with pytest.raises(Problem) as problem:
        plan_replay({**recipe, "matte": {**recipe["matte"], "method": METHOD}})
    assert problem.value.key == "recipe.other_engine"


MISSING = object()
WRONG_VALUES = (MISSING, None, [], {}, "x", True, -1, 1e308, float("nan"), float("inf"), [1], 10**30)


def places_in(entry: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in a recipe, tables and lists included."""
    children = entry.items() if isinstance(entry, dict) else enumerate(entry) if isinstance(entry, list) else ()
    for key, value in children:
        yield (*path, key)
        yield from places_in(value, (*path, key))


def with_value(recipe: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = deepcopy(recipe)
    parent: Any = changed
    for key in path[:-1]:
        parent = parent[key]
    if value is MISSING:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


def problem_of(recipe: dict[str, Any]) -> Problem | None:
    try:
        plan_replay(recipe)
    except Problem as problem:
        return problem
    return None


@pytest.mark.parametrize("method", ["method_2", "method_3"])
@pytest.mark.parametrize("section", ["standard", "decode", "crop", "matte", "encoder", "network", "repair"])
def test_a_wrong_value_anywhere_is_read_or_named_by_its_place(method: str, section: str) -> None:
    recipe = {"network": {"name": "modnet", "sha256": "0" * 64}, "repair": {"strokes": []}, **recipe_of(method)}
    for path in places_in(recipe):
        for value in WRONG_VALUES if path[0] == section else ():
            problem = problem_of(with_value(recipe, path, value))
            if problem is not None and problem.key == "recipe.incomplete":
                names = str(problem.values["what"]).split(".")
                assert names[0] == section, (path, value)
                assert all(name.replace("_", "").isalnum() for name in names), (path, value)
            else:
                assert problem is None or problem.key == "recipe.other_engine", (path, value)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("encoder", "quality"), 0, "encoder"),
        (("encoder", "quality"), MISSING, "encoder.quality"),
        (("encoder", "subsampling"), "4:1:1", "encoder"),
        (("crop", "scale"), 0, "crop"),
        (("crop", "left"), float("nan"), "crop"),
        (("crop",), [], "crop"),
        (("crop", "extension"), "none", "crop.extension"),
        (("matte", "trimap", "brightness"), [0.8], "matte"),
        (("matte", "trimap"), None, "matte"),
        (("standard", "output", "height"), MISSING, "standard.output.height"),
        (("standard",), None, "standard"),
        (("decode", "quarter_turns"), float("inf"), "decode"),
        (("network",), {"name": "modnet"}, "network.sha256"),
    ],
)
def test_a_value_that_no_portrait_can_have_is_refused(path: tuple[str, ...], value: object, place: str) -> None:
    with pytest.raises(Problem) as problem:
        plan_replay(with_value(recipe_of("method_3"), path, value))
    assert (problem.value.key, problem.value.values["what"]) == ("recipe.incomplete", place)
