"""Strokes come from a browser or a recipe. They are read exactly or refused with one message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import Problem
from kiosk.capture.repair.strokes import (
    MAX_JSON_BYTES,
    MAX_POINTS,
    MAX_STROKES,
    parse_strokes,
    strokes_of,
    strokes_to_json,
)
from tests.kiosk.capture.repair.strategies import FOREIGN, STROKES

ONE = {"tool": "keep", "size": 0.1, "hardness": 0.5, "points": [[0.5, 0.5, 1]]}


def problem_of(text: str | bytes) -> str:
    with pytest.raises(Problem) as problem:
        parse_strokes(text)
    for language in ("zh_CN", "en"):
        assert "{" not in problem.value.in_language(language)
    return problem.value.key


@given(st.lists(STROKES, max_size=4))
def test_strokes_survive_a_recipe(strokes: list[dict[str, Any]]) -> None:
    read = parse_strokes(json.dumps(strokes))
    stored = json.loads(json.dumps(strokes_to_json(read)))
    assert strokes_of(stored) == read
    assert strokes_to_json(strokes_of(stored)) == stored


@given(FOREIGN)
@settings(max_examples=200)
def test_foreign_json_is_a_problem_and_nothing_else(value: Any) -> None:
    try:
        parse_strokes(json.dumps(value))
    except Problem as problem:
        assert problem.key in ("repair.strokes_wrong", "repair.strokes_large")  # noqa: PT017


@given(st.binary(max_size=60))
def test_foreign_bytes_are_a_problem(data: bytes) -> None:
    try:
        parse_strokes(data)
    except Problem as problem:
        assert problem.key == "repair.strokes_wrong"  # noqa: PT017


@pytest.mark.parametrize(
    "change",
    [
        {"tool": "paint_face"},
        {"size": 0},
        {"size": 0.31},
        {"size": float("nan")},
        {"hardness": 1.01},
        {"points": []},
        {"points": [[0.5, 0.5]]},
        {"points": [[0.5, 0.5, 0]]},
        {"points": [[2, 0.5, 1]]},
        {"points": [[float("inf"), 0.5, 1]]},
        {"points": [["0.5", 0.5, 1]]},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_value_outside_its_bounds_is_refused(change: dict[str, Any]) -> None:
    assert problem_of(json.dumps([{**ONE, **change}])) == "repair.strokes_wrong"


def test_the_number_of_strokes_and_points_is_bounded() -> None:
    assert len(parse_strokes(json.dumps([ONE] * MAX_STROKES))) == MAX_STROKES
    assert problem_of(json.dumps([ONE] * (MAX_STROKES + 1))) == "repair.strokes_large"
    half = {**ONE, "points": [[0.5, 0.5, 1]] * (MAX_POINTS // 2)}
    assert len(parse_strokes(json.dumps([half, half]))) == 2
    assert problem_of(json.dumps([half, half, ONE])) == "repair.strokes_large"
    assert problem_of(" " * (MAX_JSON_BYTES + 1)) == "repair.strokes_large"


def test_numbers_are_rounded_once() -> None:
    [read] = parse_strokes(json.dumps([{**ONE, "size": 0.123456, "points": [[0.1234567, 0.7, 0.123]]}]))
    assert (read.size, read.points) == (0.1235, ((0.1235, 0.7, 0.12),))
