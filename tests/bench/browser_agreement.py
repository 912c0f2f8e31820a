"""Agreement of the page's metrics and verdicts with those of `kiosk.guidance` on the same pictures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Page

from config.opencv import cv2
from config.standards.registry import Rule
from kiosk.guidance.verdict import Metric, evaluate
from server.remote.guide_document import asset_urls, rule_json
from server.remote.page_tables import tables
from tests.bench.browser_pictures import Frame, write_exact
from tests.browser import wait_for_script
from tests.paths import ROOT
from tests.server.remote.built_page import WORK, run_node

Readings = Mapping[str, float | None]
_EXACT: Final = ROOT / "tests" / "server" / "remote" / "exact.mjs"


@dataclass
class RuleAgreement:
    """Counts of one rule's equal and contradictory verdicts, and the differences of its metric."""

    pictures: int = 0
    equal: int = 0
    contradictory: int = 0
    differences: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.equal / max(1, self.pictures)


def formulas(frames: Sequence[Frame], folder: Path) -> tuple[list[Readings], dict[str, float]]:
    """Run the page's formulas in Node with Python's mesh and mask; return the readings of each frame with a face, and
    the milliseconds by group."""
    write_exact(frames, folder)
    (folder / "tables").write_text(json.dumps(tables()))
    run_node("build.mjs", "--tests", WORK / "tests")
    output = json.loads(run_node(_EXACT, WORK / "tests" / "exact.js", folder / "tables", folder))
    return output["readings"], output["milliseconds"]


def difference(readings: Readings, frame: Frame, name: str) -> float | None:
    """Return the absolute difference of a metric; infinite if only one side has a value, None if neither has."""
    one, other = readings.get(name), frame.metrics[name].value
    if one is None and other is None:
        return None
    return abs(one - other) if one is not None and other is not None else float("inf")


def in_browser(page: Page, frames: Sequence[Frame], rules: Mapping[str, Rule], folder: Path) -> list[dict[str, Any]]:
    """Return readings and mesh of every frame by the page's own networks.

    `page` is open at a server that serves `folder` under /pictures/ and the built page under /static/.
    """
    names = []
    for number, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:04d}.png"), frame.pixels[..., ::-1])
        names.append(f"/pictures/{number:04d}.png")
    load = {
        "kind": "load",
        "assets": asset_urls(),
        "rules": {name: rule_json(rule) for name, rule in rules.items()},
        "hints": [],
        "withMask": True,
    }
    run_node("build.mjs", "--tests", folder)
    page.add_script_tag(url="/pictures/conformance.js", type="module")
    wait_for_script(page, "window.conform !== undefined")
    results: list[dict[str, Any]] = page.evaluate("([load, names]) => window.conform(load, names)", [load, names])
    return results


def agreement(
    frames: Sequence[Frame], results: Sequence[Mapping[str, Any]], rules: Mapping[str, Rule]
) -> dict[str, RuleAgreement]:
    """Compare the page's results with the verdicts and metrics of the frames, by rule."""
    by_rule = {name: RuleAgreement() for name in rules}
    for frame, result in zip(frames, results, strict=True):
        by_page = outcomes(result["readings"], rules)
        for name, verdict in frame.verdicts(rules).items():
            one = by_rule[name]
            one.pictures += 1
            one.equal += by_page[name] == verdict
            one.contradictory += {by_page[name].split(":")[0], verdict.split(":")[0]} == {"pass", "fail"}
            away = difference(result["readings"], frame, rules[name].metric)
            one.differences += [] if away is None or away == float("inf") else [away]
    return by_rule


def outcomes(readings: Readings, rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the verdicts on readings in the format of Frame.verdicts."""
    metrics = {name: Metric(name, value, "", "not_measured.no_value") for name, value in readings.items()}
    verdicts = evaluate(metrics, rules)
    sides = {v.rule: v.reason.rpartition(".")[2] for v in verdicts if v.reason.startswith("rule.")}
    return {v.rule: f"{v.outcome}:{sides[v.rule]}" if v.rule in sides else str(v.outcome) for v in verdicts}


def mesh_distances(frames: Sequence[Frame], results: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the mean distance of the 478 points in face widths, for each picture with a face in both."""
    away = []
    for frame, result in zip(frames, results, strict=True):
        if frame.detections.faces and result["points"]:
            face = frame.detections.faces[0]
            points = np.array(result["points"], np.float32).reshape(-1, 3)
            away.append(float(np.linalg.norm(points[:, :2] - face.points[:, :2], axis=1).mean()) / face.width)
    return away


def table(by_rule: Mapping[str, RuleAgreement], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield the agreement by rule, and the totals."""
    yield f"{'rule':18} {'metric':20} {'equal':>7} {'contradictory':>13} {'median':>9} {'95 %':>9} {'tolerance':>9}"
    for name, one in by_rule.items():
        middle, high = np.percentile(one.differences or [float("nan")], (50, 95))
        numbers = f"{one.share:7.1%} {one.contradictory:13} {middle:9.4f} {high:9.4f} {rules[name].tolerance:9.4f}"
        yield f"{name:18} {rules[name].metric:20} {numbers}"
    total = totals(by_rule)
    share = f"{total['equal'] / total['pictures']:.2%}"
    yield f"{total['pictures']} verdicts, {share} equal, {total['contradictory'] / total['pictures']:.2%} contradictory"


def totals(by_rule: Mapping[str, RuleAgreement]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in by_rule.values():
        total.update(pictures=one.pictures, equal=one.equal, contradictory=one.contradictory)
    return total
