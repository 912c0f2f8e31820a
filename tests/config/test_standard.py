from __future__ import annotations

from pathlib import Path

import pytest

from config.problem import Problem
from config.standard import STANDARDS, Operation, Stage, read_standard, standard
from config.words import LANGUAGES, words

CHSI = (STANDARDS / "chsi.toml").read_text(encoding="utf-8")


def problem_of(text: str, folder: Path) -> Problem:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as problem:
        read_standard(path)
    return problem.value


def test_the_numbers_of_the_text() -> None:
    chsi = standard("chsi")
    assert (chsi.output.width, chsi.output.height, chsi.output.dpi, chsi.output.quality_low) == (480, 640, 300, 60)
    bands = {r.measure: (r.low, r.high) for r in chsi.asked(Stage.PORTRAIT).values()}
    assert bands["hair_top"] == (50, 110)
    assert bands["eye_line"] == (200, 300)
    assert bands["face_width"] == (180, 300)
    assert chsi.output.backgrounds == {"blue": (100, 197, 255), "white": (255, 255, 255), "grey": (240, 240, 240)}


def test_the_bytes_hold_in_both_readings_of_kb() -> None:
    output = standard("chsi").output
    for kilo in (1000, 1024):
        assert 30 * kilo < output.bytes_low < output.bytes_high <= 40 * kilo


def test_the_file_to_make_and_the_rules_to_pass_are_the_same_numbers() -> None:
    chsi = standard("chsi")
    rules, output = chsi.rules, chsi.output
    assert (rules["width"].low, rules["height"].high, rules["dpi"].low) == (output.width, output.height, output.dpi)
    assert (rules["bytes"].low, rules["bytes"].high) == (output.bytes_low, output.bytes_high)
    assert rules["jpeg_quality"].low == output.quality_low


def test_another_background_of_its_own() -> None:
    assert standard("chsi").with_background("grey").output.background == "grey"
    with pytest.raises(Problem) as problem:
        standard("chsi").with_background("pink")
    assert "pink" in str(problem.value)
    assert "grey" in str(problem.value)


def test_an_unknown_standard_names_the_known_ones() -> None:
    with pytest.raises(Problem) as problem:
        standard("no-such")
    assert "chsi" in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("low = 50\nhigh = 110", "low = 120\nhigh = 110", "rules.hair_top"),
        ("low = 50\nhigh = 110\naim = 80", "low = 50\nhigh = 110\naim = 180", "rules.hair_top"),
        ("low = 50\nhigh = 110\naim = 80\n", "", "rules.hair_top"),
        ('quote = "头顶发际距上边沿50像素至110像素；"', 'quote = ""', "rules.hair_top.quote"),
        ('measure = "hair_top"', 'measure = "hair_top"\ncolour = "red"', "rules.hair_top.colour"),
        ('background = "blue"', 'background = "pink"', "output"),
        ("dpi = 300", 'dpi = "many"', "output.dpi"),
    ],
)
def test_a_wrong_file_is_one_sentence_naming_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in CHSI, "the standard has changed and this test no longer spoils it"
    problem = problem_of(CHSI.replace(old, new, 1), tmp_path)
    assert (problem.key, problem.values["file"], problem.values["key"]) == ("problem.standard.wrong", "own.toml", key)
    for language in LANGUAGES:
        assert key in problem.in_words(language)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    assert problem_of("[rules", tmp_path).key == "problem.standard.unreadable"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_portrait_rule_has_its_words(language: str) -> None:
    spoken = words(language)
    for name, rule in standard("chsi").asked(Stage.PORTRAIT).items():
        assert spoken.has(f"rule.{name}")
        assert rule.low is None or spoken.has(f"rule.{name}.low")
        assert rule.high is None or spoken.has(f"rule.{name}.high")


def test_what_may_be_done_to_the_pixels_is_what_the_standard_allows() -> None:
    chsi = standard("chsi")
    for operation in Operation:
        assert chsi.permits(operation) is (operation is not Operation.ROTATE)
    chsi.require(Operation.CROP)
    with pytest.raises(Problem) as problem:
        chsi.require(Operation.ROTATE)
    assert problem.value.key == "problem.standard.forbidden"
    for language in LANGUAGES:
        assert "rotate" in problem.value.in_words(language)
        assert "chsi" in problem.value.in_words(language)


def test_the_hash_tells_a_changed_number_and_not_a_changed_comment(tmp_path: Path) -> None:
    def hash_of(text: str) -> str:
        path = tmp_path / "chsi.toml"
        path.write_text(text, encoding="utf-8")
        return read_standard(path).sha256

    plain = hash_of(CHSI)
    assert hash_of("# a comment\n\n" + CHSI) == plain
    assert hash_of(CHSI.replace("low = 50\n", "low = 51\n", 1)) != plain
    assert standard("chsi").with_background("white").sha256 != standard("chsi").with_background("grey").sha256
