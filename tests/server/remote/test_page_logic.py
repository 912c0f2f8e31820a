"""Functions of the page against their originals: hashes, polygons, verdicts, metrics over time; and its coach."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.i18n import translations
from config.opencv import cv2
from config.standards.registry import Rule, load_standard
from kiosk.guidance.detection.face import Face
from kiosk.guidance.metrics.blink import BrowBaseline, EyeBaseline
from kiosk.guidance.metrics.eyes_and_mouth import eye_aspect_ratio
from kiosk.guidance.metrics.pose import movement
from kiosk.guidance.verdict import Metric, evaluate
from server.remote.guide_document import hint_texts, measured_rules, rule_json
from server.remote.page_tables import tables
from tests.paths import ROOT
from tests.server.remote.built_page import WORK, require_built_page, run_node

pytestmark = pytest.mark.process
SIZES = (0, 1, 55, 56, 63, 64, 65, 119, 1000)
RULES = measured_rules(load_standard("chsi"))
WIDTH, HEIGHT = 60, 75
Readings = dict[str, float | None]


def polygons() -> list[list[list[int]]]:
    """Return polygons with random corners in the picture, and a point, a line, a flat and a thin triangle."""
    random = np.random.default_rng(5)
    with_random_corners = [
        random.integers(0, (WIDTH, HEIGHT), (int(random.integers(3, 12)), 2)).tolist() for _ in range(60)
    ]
    return [
        *with_random_corners,
        [[7, 7]],
        [[3, 4], [40, 21]],
        [[5, 5], [30, 5], [59, 5]],
        [[10, 10], [11, 40], [10, 70]],
    ]


def fill(points: list[list[int]]) -> str:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.array(points, np.int32)), (1,))
    return "".join(map(str, mask.ravel()))


def verdict_cases() -> list[tuple[float | None, Rule]]:
    """Return every rule with values at, near and beyond its bounds, and without a value."""
    cases: list[tuple[float | None, Rule]] = []
    for rule in RULES.values():
        bounds = [bound for bound in (rule.min, rule.max) if bound is not None]
        steps = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
        cases += [(bound + step * max(rule.tolerance, 0.1), rule) for bound in bounds for step in steps]
        cases.append((None, rule))
    return cases


def stream() -> list[dict[str, Any]]:
    """Return frames of a face that moves and blinks, six per second."""
    random = np.random.default_rng(2)
    points = (random.random((478, 3)) * 400).astype(np.float32)
    frames = []
    for number in range(30):
        moved = points + np.array([number * 1.5, 0, 0], np.float32)
        if number % 10 == 7:
            moved[[160, 158, 387, 385], 1] += 9  # the upper lids
        frames.append({"points": moved.ravel().tolist(), "brows": 0.4 + 0.02 * (number % 5), "now": number / 6})
    return frames


def coach_case(*frames: tuple[dict[str, float | None], float]) -> dict[str, Any]:
    rules = {name: rule_json(rule) for name, rule in RULES.items()}
    good = {rule.metric: _inside(rule) for rule in RULES.values()}
    with_readings = [{"readings": {**good, **change}, "now": now} for change, now in frames]
    return {"rules": rules, "hints": list(hint_texts(translations("en"))), "frames": with_readings}


def _inside(rule: Rule) -> float:
    low = rule.min if rule.min is not None else (rule.max or 0.0) - 10 * max(rule.tolerance, 0.1)
    high = rule.max if rule.max is not None else low + 20 * max(rule.tolerance, 0.1)
    return (low + high) / 2


def steady(
    change: dict[str, float | None], start: float, seconds: float
) -> list[tuple[dict[str, float | None], float]]:
    return [(change, start + step / 5) for step in range(round(5 * seconds))]


FAR_LEFT: dict[str, float | None] = {"face_x": -0.3}
SHUT: dict[str, float | None] = {"eye_opening": 0.02}
COACH = {
    "good": coach_case(*steady({}, 0, 2)),
    "left, then good": coach_case(*steady(FAR_LEFT, 0, 2), *steady({}, 2, 3)),
    "one bad frame": coach_case(*steady({}, 0, 2), *steady(FAR_LEFT, 2, 0.2), *steady({}, 2.2, 1)),
    "two faults": coach_case(*steady({**FAR_LEFT, "roll": 20.0}, 0, 2), *steady({"roll": 20.0}, 2, 3)),
    "blink": coach_case(*steady({}, 0, 2), *steady(SHUT, 2, 0.2), *steady({}, 2.2, 0.4)),
    "nobody": coach_case(*steady({**dict.fromkeys((r.metric for r in RULES.values()), None), "faces": 0.0}, 0, 2)),
    "nose": coach_case(*steady({"nose_shadow": 0.9}, 0, 4)),
}


@pytest.fixture(scope="module")
def page_results() -> dict[str, Any]:
    require_built_page()
    run_node("build.mjs", "--tests", WORK / "tests")
    cases = {
        "tables": tables(),
        "digests": SIZES,
        "polygons": [{"points": points, "width": WIDTH, "height": HEIGHT} for points in polygons()],
        "verdicts": [{"value": value, "rule": rule_json(rule)} for value, rule in verdict_cases()],
        "stream": stream(),
        "coach": list(COACH.values()),
    }
    script: Path = ROOT / "tests" / "server" / "remote" / "logic.mjs"
    results: dict[str, Any] = json.loads(run_node(script, WORK / "tests" / "exact.js", input=json.dumps(cases)))
    return results


def test_the_hash_without_a_secure_context_is_sha_256(page_results: dict[str, Any]) -> None:
    contents = [bytes(k % 251 for k in range(size)) for size in SIZES]
    assert page_results["digests"] == [hashlib.sha256(content).hexdigest() for content in contents]


def test_polygons_have_the_pixels_of_opencv(page_results: dict[str, Any]) -> None:
    assert page_results["polygons"] == [fill(points) for points in polygons()]


def test_verdicts_are_those_of_python(page_results: dict[str, Any]) -> None:
    for (value, rule), of_page in zip(verdict_cases(), page_results["verdicts"], strict=True):
        advice = rule_json(rule)["advice"]
        (of_python,) = evaluate({rule.metric: Metric(rule.metric, value, rule.unit)}, {"rule": rule})
        expected = "unsure" if advice and of_python.outcome == "fail" else str(of_python.outcome)
        assert of_page["outcome"] == expected, (value, rule)
        assert of_page["side"] == (of_python.reason.rpartition(".")[2] if of_python.reason.startswith("rule.") else "")


def test_metrics_over_time_are_those_of_python(page_results: dict[str, Any]) -> None:
    eyes, brows, before = EyeBaseline(), BrowBaseline(), list[tuple[float, Face]]()
    for frame, of_page in zip(stream(), page_results["readings"], strict=True):
        face, now = Face(np.array(frame["points"], np.float32).reshape(478, 3)), frame["now"]
        openness = eyes.openness(Metric("eye_opening", eye_aspect_ratio(face), ""), now).value
        raised = brows.raise_ratio(Metric("brow_height", frame["brows"], ""), now).value
        assert of_page["eye_openness"] == (openness and pytest.approx(openness, rel=1e-4))
        assert of_page["brow_raise"] == (raised and pytest.approx(raised, rel=1e-4))
        while len(before) > 1 and now - before[0][0] > 0.4:
            before.pop(0)
        if before:
            expected = movement(face, before[0][1], now - before[0][0])
            assert of_page["movement"] == pytest.approx(expected, rel=1e-4)
        before.append((now, face))


@pytest.mark.parametrize(
    ("name", "hints", "ready"),
    [
        ("good", ["", "hold"], True),
        ("left, then good", ["", "place_across.low", "hold"], True),
        ("one bad frame", ["", "hold"], True),
        ("two faults", ["", "place_across.low", "roll.high"], False),
        ("blink", ["", "hold"], True),
        ("nobody", ["", "one_face.low"], False),
        ("nose", ["", "hold", "nose_shadow.high", "hold"], True),
    ],
)
def test_the_coach_gives_one_hint_at_a_time(
    page_results: dict[str, Any], name: str, hints: list[str], ready: bool
) -> None:
    advice_of_coach = page_results["advised"][list(COACH).index(name)]
    shown = [one["hint"] for one in advice_of_coach]
    changes = [hint for place, hint in enumerate(shown) if place == 0 or shown[place - 1] != hint]
    assert changes in (hints, hints[1:]), changes
    assert advice_of_coach[-1]["ready"] == ready


def test_a_blink_does_not_end_readiness(page_results: dict[str, Any]) -> None:
    advice_of_coach = page_results["advised"][list(COACH).index("blink")]
    assert all(one["ready"] for one in advice_of_coach[5:])
