"""`zhengguan photo standards` as a school office runs it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from rich.cells import cell_len

from config.cli import TranslatedParser, add_language
from config.errors import Problem
from config.i18n import LANGUAGES, translations
from config.standards.registry import Stage, load_standard, read_standard
from kiosk.tools.photo import standards

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("ZHENGGUAN_STANDARDS", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)

    def run_command(*words: str, language: str = "en") -> int:
        parser_class = partial(TranslatedParser, translations=translations(language))
        parser = parser_class(prog="zhengguan photo")
        subparsers = parser.add_subparsers(required=True, parser_class=parser_class)
        standards.add_parser(subparsers)
        add_language(subparsers.choices["standards"], language)
        arguments: argparse.Namespace = parser.parse_args(["standards", *words])
        return int(arguments.run(arguments))

    return run_command


def write_own_standard(folder: Path, name: str, text: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\ntitle = "本校"\nversion = "1"\nextends = "chsi"\n{text}', encoding="utf-8")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_every_number_of_a_standard_is_shown(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert run("chsi", language=language) == 0
    out = capsys.readouterr().out
    assert max(cell_len(line) for line in out.splitlines()) <= width
    text = "".join(out.split())
    for name, rule in load_standard("chsi").rules.items():
        assert "".join(name.split()) in text
        assert "".join(rule.quote.split()) in text
    assert load_standard("chsi").sha256 in text
    for family in ("rule.", "metric.", "standards.", "stage.", "operation.", "in_unit."):
        assert family not in text, "a message is missing"


def test_a_band_is_shown_in_its_unit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("xinhua-2020") == 0
    out = capsys.readouterr().out.replace("\u00a0", " ")
    for shown in ("50 to 110 px", "480 px", "60 or more", "43.75 to 56.25%", "33.33% or more", "-3 to 3°"):
        assert shown in out


def test_the_list_names_all_standards_and_their_origin(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_own_standard(tmp_path, "ours")
    assert run("--folder", str(tmp_path)) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert rows["ours"].rstrip().endswith(translations("en").translate("standards.own"))
    for name in ("chsi", "guizhou", "xinhua-2020", "xinhua-upload"):
        assert rows[name].rstrip().endswith(translations("en").translate("standards.shipped"))


def test_a_wrong_own_file_does_not_hide_the_others(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_own_standard(tmp_path, "ours", "[output]\nwidth = 0\n")
    assert run("--folder", str(tmp_path)) == 1
    reported = capsys.readouterr()
    assert "guizhou" in reported.out
    assert "ours.toml" in reported.err
    assert "output.width" in reported.err
    assert len(reported.err.strip().splitlines()) == 1


def test_json_shows_the_same(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == [
        "chsi",
        "guizhou",
        "xinhua-2020",
        "xinhua-upload",
    ]
    assert run("guizhou", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    guizhou = load_standard("guizhou")
    assert content["sha256"] == guizhou.sha256
    assert content["rules"]["bytes"]["min"] == 102400
    assert [name for name, rule in content["rules"].items() if rule.get("by") == "person"] == list(
        guizhou.rules_for(Stage.PERSON)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_standard_is_sound_and_ready_to_be_changed(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str
) -> None:
    assert run("new", "ours", "--folder", str(tmp_path), language=language) == 0
    path = tmp_path / "ours.toml"
    assert str(path) in capsys.readouterr().out
    assert run("check", str(path), language=language) == 0
    assert str(path) in capsys.readouterr().out
    assert read_standard(path).rules == load_standard("chsi").rules

    text = path.read_text(encoding="utf-8")
    at = text.index("#[rules.hair_top]")
    section = text[at : text.index("\n\n", at)]
    assert "#min = 50\n" in section
    path.write_text(text.replace(section, section.replace("\n#", "\n")[1:].replace("min = 50", "min = 60")))
    changed = read_standard(path).rules
    assert changed["hair_top"].min == 60
    assert {name: rule for name, rule in changed.items() if name != "hair_top"} == {
        name: rule for name, rule in load_standard("chsi").rules.items() if name != "hair_top"
    }


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    path = write_own_standard(tmp_path, "ours")
    before = path.read_bytes()
    with pytest.raises(Problem) as problem:
        run("new", "ours", "--folder", str(tmp_path))
    assert "ours.toml" in str(problem.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["chsi", "check", "../ours", "our own", ""])
def test_a_new_standard_needs_a_valid_and_unused_name(run: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem) as problem:
        run("new", name, "--folder", str(tmp_path))
    assert problem.value.key == "standards.bad_name"
    assert list(tmp_path.rglob("*")) == []


def test_a_wrong_file_is_reported_in_one_sentence_and_status_1(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_own_standard(tmp_path, "ours", "wide = 3\n")
    assert run("check", str(path), language="zh_CN") == 1
    reported = capsys.readouterr()
    assert reported.out == ""
    assert "ours.toml" in reported.err
    assert "wide" in reported.err
    assert len(reported.err.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [("check",), ("new",), ("chsi", "guizhou"), ("no-such",), ("none.toml",)])
def test_an_impossible_command_is_reported(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as problem:
        run(*words)
    for language in LANGUAGES:
        assert translations(language).has(problem.value.key)
        assert len(problem.value.in_language(language)) > 12
