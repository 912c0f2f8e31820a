"""The lines over the portrait come only from the verdicts in the envelope."""

from __future__ import annotations

from typing import Any

import pytest

from config.i18n import translations
from server.records.models import Campaign
from server.review.rule_lines import Band, RuleLines, rule_lines
from tests.server.conftest import make_campaign

pytestmark = pytest.mark.django_db


def verdict(rule: str, value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"rule": rule, "outcome": "pass", "value": value, "unit": "px", "min": low, "max": high, "reason": ""}


def draw(campaign: Campaign, *verdicts: dict[str, Any]) -> RuleLines | None:
    return rule_lines({"verdicts": list(verdicts)}, campaign, translations("en"))


PLACED = (
    verdict("hair_top", 81.4, 50, 110),
    verdict("eye_line", 251.0, 200, 300),
    verdict("face_width", 210.0, 180, 300),
    verdict("centring", 4.0, -12, 12),
)


def test_hair_eyes_middle_and_cheeks_with_their_bands(campaign: Campaign) -> None:
    drawing = draw(campaign, *PLACED)
    assert drawing is not None
    assert drawing.size == (480, 640)
    assert drawing.bands == (Band(0, 50, 480, 60), Band(0, 200, 480, 100), Band(228, 0, 24, 640))
    level = [(line.y1, line.label) for line in drawing.lines if line.y1 == line.y2]
    assert level == [(81.4, "Top of the hair 81 px"), (251.0, "Eye line 251 px")]
    assert sorted(line.x1 for line in drawing.lines if line.x1 == line.x2) == [139.0, 244.0, 349.0]


def test_the_chin_follows_from_the_height_of_the_head_or_of_the_body(db: None) -> None:
    older = make_campaign("xinhua", standard="xinhua-2020")
    head = draw(older, *PLACED, verdict("head_height", 0.5))
    assert head is not None
    assert ("Chin 401 px", 401.4) in [(line.label, line.y1) for line in head.lines]
    body = draw(older, verdict("body_share", 0.35))
    assert body is not None
    assert [(line.label, line.y1) for line in body.lines] == [("Chin 416 px", 416.0)]


def test_a_standard_that_is_missing_leaves_the_usual_names(campaign: Campaign) -> None:
    campaign.standard = "gone"
    drawing = draw(campaign, *PLACED)
    assert drawing is not None
    assert len(drawing.lines) == 5


@pytest.mark.parametrize(
    "verdicts",
    [
        (),
        (verdict("roll", 3.0, -3, 3),),
        (verdict("hair_top", None, 50, 110),),
        (verdict("eye_line", 1e300, 200, 300),),
        (verdict("eye_line", float("nan"), 200, 300),),
        (verdict("centring", -1e12, -12, 12),),
    ],
)
def test_what_was_not_measured_or_lies_outside_is_not_drawn(
    verdicts: tuple[dict[str, Any], ...], campaign: Campaign
) -> None:
    assert draw(campaign, *verdicts) is None


@pytest.mark.parametrize(("low", "high", "band"), [(None, 110, (0, 110)), (50, None, (50, 590)), (50, 1e12, (50, 590))])
def test_a_band_with_one_bound_reaches_the_edge(
    low: float | None, high: float | None, band: tuple[float, float], campaign: Campaign
) -> None:
    drawing = draw(campaign, verdict("hair_top", 80.0, low, high))
    assert drawing is not None
    assert [(one.y, one.height) for one in drawing.bands] == [band]


def test_labels_do_not_cover_each_other(campaign: Campaign) -> None:
    drawing = draw(campaign, verdict("hair_top", 3.0), verdict("eye_line", 12.0))
    assert drawing is not None
    rows = [line.label_y for line in drawing.lines if line.label]
    assert rows[0] >= 15
    assert rows[1] - rows[0] >= 20
