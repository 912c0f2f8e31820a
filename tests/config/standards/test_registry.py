"""The shipped photo standards: their numbers, sources, allowed operations and messages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from config.standards.metrics import METRICS
from config.standards.registry import (
    STANDARDS_FOLDER,
    Operation,
    PhotoStandard,
    Stage,
    load_standard,
    read_standard,
    standard_files,
)

CHSI = (STANDARDS_FOLDER / "chsi.toml").read_text(encoding="utf-8")
NAMES = ("chsi", "guizhou", "xinhua-2020", "xinhua-upload")
SOURCE_URL = re.compile(r"https?://\S+$")


@pytest.fixture(params=NAMES)
def shipped(request: pytest.FixtureRequest) -> PhotoStandard:
    return load_standard(request.param)


def test_these_are_shipped() -> None:
    assert tuple(standard_files()) == NAMES


def test_the_numbers_of_the_text() -> None:
    chsi = load_standard("chsi")
    assert (chsi.output.width, chsi.output.height, chsi.output.dpi, chsi.output.min_quality) == (480, 640, 300, 60)
    bands = {r.metric: (r.min, r.max) for r in chsi.rules_for(Stage.PORTRAIT).values()}
    assert bands["hair_top"] == (50, 110)
    assert bands["eye_line"] == (200, 300)
    assert bands["face_width"] == (180, 300)
    assert chsi.output.backgrounds == {"blue": (100, 197, 255), "white": (255, 255, 255), "grey": (240, 240, 240)}


def test_the_bytes_hold_in_both_readings_of_kb() -> None:
    chsi, xinhua, guizhou, upload = (
        load_standard(n).output for n in ("chsi", "xinhua-2020", "guizhou", "xinhua-upload")
    )
    for kilo in (1000, 1024):
        assert 30 * kilo < chsi.min_bytes < chsi.max_bytes <= 40 * kilo
        assert 30 * kilo < xinhua.min_bytes < xinhua.max_bytes < 60 * kilo
        assert 100 * kilo <= guizhou.min_bytes < guizhou.max_bytes
        assert 30 * kilo <= upload.min_bytes < upload.max_bytes <= 900 * kilo


def test_a_file_for_chsi_is_one_for_xinhua_too() -> None:
    chsi = load_standard("chsi").output
    for name in ("xinhua-2020", "xinhua-upload"):
        required = load_standard(name).rules["bytes"]
        assert required.min is not None
        assert required.max is not None
        assert required.min <= chsi.min_bytes < chsi.max_bytes <= required.max


def test_the_head_is_about_half_and_the_body_a_third() -> None:
    rules = load_standard("xinhua-2020").rules
    assert rules["head_height"].min == 0.5 - 0.0625
    assert rules["head_height"].max == 0.5 + 0.0625
    assert rules["body_share"].min == pytest.approx(1 / 3, abs=1e-4)
    assert rules["body_share"].max is None


def test_the_file_to_make_and_the_rules_to_pass_are_the_same_numbers(shipped: PhotoStandard) -> None:
    rules, output = shipped.rules, shipped.output
    assert (rules["width"].min, rules["height"].max, rules["dpi"].min) == (output.width, output.height, output.dpi)
    assert rules["bytes"].min == output.min_bytes
    assert rules["bytes"].max is None or rules["bytes"].max >= output.max_bytes
    assert rules["jpeg_quality"].min == output.min_quality


def test_every_number_has_its_sentence_and_its_source(shipped: PhotoStandard) -> None:
    for name, rule in shipped.rules.items():
        assert len(rule.quote) > 4, name
        assert SOURCE_URL.match(rule.source), name
        assert rule.retrieved == date(2026, 11, 22), name


def test_the_kiosk_can_use_each(shipped: PhotoStandard) -> None:
    """It needs the rules for the outline of the live view and those for a crop."""
    assert set(shipped.rules_for(Stage.LIVE)) == set(load_standard("chsi").rules_for(Stage.LIVE))
    for measure in ("hair_top", "eye_line", "face_width", "centring"):
        rules = [rule for rule in shipped.rules_for(Stage.PORTRAIT).values() if rule.metric == measure]
        assert all(rule.min is not None and rule.max is not None for rule in rules)
        assert rules


def test_a_rule_for_a_person_has_no_metric(shipped: PhotoStandard) -> None:
    required = shipped.rules_for(Stage.PERSON)
    assert {"ears", "glasses", "headwear", "jewellery", "makeup", "clothing", "recent", "unretouched"} <= set(required)
    for rule in required.values():
        assert (rule.by, rule.metric, rule.min, rule.max) == ("person", "", None, None)
    for stage in (Stage.LIVE, Stage.SHOT, Stage.PORTRAIT):
        assert all(rule.by == "machine" for rule in shipped.rules_for(stage).values())


def test_only_the_operations_that_the_standard_allows_are_permitted(shipped: PhotoStandard) -> None:
    for operation in Operation:
        assert shipped.permits(operation) is (operation is not Operation.ROTATE)
    shipped.require(Operation.CROP)
    with pytest.raises(Problem) as problem:
        shipped.require(Operation.ROTATE)
    assert problem.value.key == "problem.standard.forbidden"
    for language in LANGUAGES:
        assert "rotate" in problem.value.in_language(language)
        assert shipped.name in problem.value.in_language(language)


def test_another_background_of_the_standard() -> None:
    assert load_standard("chsi").with_background("grey").output.background == "grey"
    with pytest.raises(Problem) as problem:
        load_standard("chsi").with_background("pink")
    assert "pink" in str(problem.value)
    assert "grey" in str(problem.value)


def test_the_hash_depends_on_numbers_and_not_on_comments(tmp_path: Path) -> None:
    def hash_of(text: str) -> str:
        path = tmp_path / "own.toml"
        path.write_text(text.replace('name = "chsi"', 'name = "own"', 1), encoding="utf-8")
        return read_standard(path).sha256

    plain = hash_of(CHSI)
    assert hash_of("# a comment\n\n" + CHSI) == plain
    assert hash_of(CHSI.replace("min = 50\n", "min = 51\n", 1)) != plain
    assert load_standard("chsi").with_background("white").sha256 != load_standard("chsi").with_background("grey").sha256


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_and_operation_and_stage_has_its_messages(language: str) -> None:
    keys = {f"metric.{name}" for name in METRICS} | {f"operation.{operation}" for operation in Operation}
    keys |= {f"stage.{stage}" for stage in Stage}
    keys |= {f"in_unit.{kind.unit}" for kind in METRICS.values() if kind.unit not in ("", "ratio")}
    assert sorted(key for key in keys if not translations(language).has(key)) == []
