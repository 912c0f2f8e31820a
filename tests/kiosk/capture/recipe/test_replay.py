"""Recipes give the same bytes as on the day they were made, those of earlier methods too.

tests/fixtures/recipes has a recipe for each method, and their shot; the person is NASA's public-domain portrait.
"""

from __future__ import annotations

import json
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
    recipe, now = recipe_of(method), software_versions()
    others = {name for name in PIXEL_SOFTWARE if recipe["software"][name] != now[name]}
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


def test_a_method_without_its_settings_is_another_engine() -> None:
    recipe = recipe_of("method_2")
    with pytest.raises(Problem) as problem:
        plan_replay({**recipe, "matte": {**recipe["matte"], "method": METHOD}})
    assert problem.value.key == "recipe.other_engine"
