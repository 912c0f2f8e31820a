"""A school's own photo standard: its valid content, and the problem for every kind of error."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from config.standards.registry import (
    STANDARDS_FOLDER,
    Stage,
    custom_folder,
    load_standard,
    load_standard_by_name,
    read_standard,
    standard_files,
)

CHSI = (STANDARDS_FOLDER / "chsi.toml").read_text(encoding="utf-8")
CUSTOM = CHSI.replace('name = "chsi"', 'name = "own"', 1)
SMALL = 'name = "own"\ntitle = "本校"\nversion = "1"\nextends = "chsi"\n'
BODY = (
    '\n[rules.body_share]\nmetric = "body_share"\nunit = "share"\nmin = 0.6\nstages = ["portrait"]\n'
    'quote = "q"\nsource = "s"\nretrieved = 2026-11-22\nverbatim = true\n'
)
HEAD = BODY.replace("body_share", "head_height")
PYDANTIC = re.compile(
    r"Input should|valid |Field required|Extra inputs|validation error|Value error|type=|\bat least \d+ char|expected",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"\{[a-z]+\}")


def custom_standard(folder: Path, text: str | bytes, name: str = "own") -> Path:
    path = folder / f"{name}.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problem_of(path: Path) -> Problem:
    with pytest.raises(Problem) as problem:
        read_standard(path)
    return problem.value


def assert_one_sentence(problem: Problem, file: str, key: str) -> None:
    reported = {language: problem.in_language(language) for language in LANGUAGES}
    for language, sentence in reported.items():
        assert translations(language).has(problem.key), problem.key
        assert file in sentence
        assert key in sentence
        assert "\n" not in sentence
        assert not PYDANTIC.search(sentence), sentence
        assert not PLACEHOLDER.search(sentence), sentence
    assert reported["zh_CN"] != reported["en"]


# ------------------------------------------------------------------ a valid file


def test_a_standard_contains_only_its_differences_from_the_base(tmp_path: Path) -> None:
    text = SMALL + 'exclude = ["makeup"]\n[output]\nbackground = "white"\n'
    own, chsi = read_standard(custom_standard(tmp_path, text)), load_standard("chsi")
    assert own.output.background == "white"
    assert own.output.width == chsi.output.width
    assert own.allowed == chsi.allowed
    assert list(own.rules) == [name for name in chsi.rules if name != "makeup"]
    assert own.sha256 != chsi.sha256


def test_a_standard_may_extend_one_that_extends_another(tmp_path: Path) -> None:
    own, xinhua = (
        read_standard(custom_standard(tmp_path, SMALL.replace("chsi", "xinhua-2020"))),
        load_standard("xinhua-2020"),
    )
    assert (own.rules, own.output, own.allowed) == (xinhua.rules, xinhua.output, xinhua.allowed)
    assert own.rules["eye_line"] == load_standard("chsi").rules["eye_line"]


def test_a_rule_replaces_that_of_the_base_completely(tmp_path: Path) -> None:
    """A number is never combined with the quote of another number."""
    problem = problem_of(custom_standard(tmp_path, SMALL + "[rules.hair_top]\nmin = 40\n"))
    assert (problem.key, problem.values["key"]) == ("problem.standard.missing", "rules.hair_top.stages")


def test_a_standard_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    path = custom_standard(tmp_path, SMALL)
    assert load_standard("own", tmp_path) == load_standard(str(path)) == read_standard(path)
    assert next(iter(standard_files(tmp_path))) == "own"
    with pytest.raises(Problem) as problem:
        load_standard("own")
    assert problem.value.key == "problem.standard.unknown"


def test_the_environment_s_folder_comes_before_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom_standard(tmp_path, SMALL)
    assert custom_folder("") is None
    assert custom_folder("somewhere") == Path("somewhere")
    monkeypatch.setenv("ZHENGGUAN_STANDARDS", str(tmp_path))
    assert custom_folder("somewhere") == tmp_path
    assert load_standard("own").name == "own"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = custom_standard(tmp_path, SMALL + '[output]\nbackground = "white"\n')
    assert load_standard("own", tmp_path).output.background == "white"
    custom_standard(tmp_path, SMALL + '[output]\nbackground = "grey"\n')
    assert load_standard("own", tmp_path).output.background == "grey"
    path.write_text("", encoding="utf-8")
    assert problem_of(path).key == "problem.standard.empty_file"


def test_a_byte_order_mark_as_of_notepad_is_ignored(tmp_path: Path) -> None:
    assert read_standard(custom_standard(tmp_path, b"\xef\xbb\xbf" + SMALL.encode())) == read_standard(
        custom_standard(tmp_path, SMALL)
    )


# ------------------------------------------------------------------ names


def test_a_standard_cannot_have_the_name_of_a_shipped_one(tmp_path: Path) -> None:
    problem = problem_of(custom_standard(tmp_path, CHSI, "chsi"))
    assert problem.key == "problem.standard.name_taken"
    assert_one_sentence(problem, "chsi.toml", "name")
    with pytest.raises(Problem):
        load_standard("chsi", tmp_path)


def test_a_standard_has_the_name_of_its_file(tmp_path: Path) -> None:
    problem = problem_of(custom_standard(tmp_path, SMALL, "another"))
    assert problem.key == "problem.standard.name_differs"
    assert_one_sentence(problem, "another.toml", "name")


@pytest.mark.parametrize("name", ["no-such", "", "../chsi", "/etc/passwd", "chsi.toml", "a\0b", "chsi\n"])
def test_a_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    custom_standard(tmp_path, SMALL)
    with pytest.raises(Problem) as problem:
        load_standard_by_name(name, tmp_path / "sub")
    assert problem.value.key == "problem.standard.unknown"
    assert "guizhou" in str(problem.value)


def test_a_folder_that_is_not_there_is_reported_when_it_is_needed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert load_standard("chsi", gone).name == "chsi"
    with pytest.raises(Problem) as problem:
        load_standard("own", gone)
    assert problem.value.key == "problem.standard.no_folder"
    assert "gone" in str(problem.value)


# ------------------------------------------------------------------ a wrong file


@pytest.mark.parametrize(
    ("old", "new", "kind", "key"),
    [
        ('title = "', 'titel = "', "missing", "title"),
        ('version = "', 'wer = 1\nversion = "', "unknown_key", "wer"),
        ('metric = "hair_top"', 'metric = "hair_top"\ncolour = "red"', "unknown_key", "rules.hair_top.colour"),
        ("dpi = 300", "dpi = 300\ncolor = 3", "unknown_key", "output.color"),
        ('"hair_top"\nunit = "px"', '"hair_top"\nunit = "mm"', "wrong_unit", "rules.hair_top.unit"),
        ('metric = "hair_top"', 'metric = "hair"', "unknown_metric", "rules.hair_top.metric"),
        ("min = 50\nmax = 110", "min = 120\nmax = 110", "min_above_max", "rules.hair_top.min"),
        ("target = 80", "target = 180", "target", "rules.hair_top.target"),
        ("min = 50\nmax = 110\ntarget = 80\n", "", "no_bounds", "rules.hair_top"),
        ("target = 80\ntolerance = 2", "target = 80\ntolerance = 30", "tolerance", "rules.hair_top.tolerance"),
        ("target = 80\ntolerance = 2", "target = 80\ntolerance = -2", "at_least", "rules.hair_top.tolerance"),
        ("min = 50\nmax = 110", 'min = "50"\nmax = 110', "expected_number", "rules.hair_top.min"),
        ("min = 50\nmax = 110", "min = nan\nmax = 110", "expected_number", "rules.hair_top.min"),
        ("min = 50\nmax = 110", "min = true\nmax = 110", "expected_number", "rules.hair_top.min"),
        ('quote = "头顶发际距上边沿50像素至110像素；"', 'quote = ""', "empty", "rules.hair_top.quote"),
        ('quote = "头顶发际距上边沿50像素至110像素；"\n', "", "missing", "rules.hair_top.quote"),
        ('quote = "头顶发际距上边沿50像素至110像素；"', "quote = 3", "expected_string", "rules.hair_top.quote"),
        ('50像素至110像素；"\nsource = "http', '50像素至110像素；"\nsauce = "http', "missing", "rules.hair_top.source"),
        ("retrieved = 2026-11-22", 'retrieved = "2026-11-22"', "expected_date", "rules.width.retrieved"),
        ("verbatim = true", 'verbatim = "yes"', "expected_boolean", "rules.width.verbatim"),
        ("verbatim = true", "verbatim = false", "no_rationale", "rules.width.rationale"),
        ('stages = ["portrait"]', 'stages = ["portrat"]', "not_one_of", "rules.width.stages"),
        ('stages = ["portrait"]', "stages = []", "empty", "rules.width.stages"),
        ('stages = ["portrait"]', 'stages = "portrait"', "expected_list", "rules.width.stages"),
        ('stages = ["portrait"]', 'stages = ["portrait", "live"]', "stage", "rules.width.stages"),
        ('stages = ["portrait"]', 'stages = ["person"]', "person_stage", "rules.width.stages"),
        ('by = "person"', 'by = "robot"', "not_one_of", "rules.ears.by"),
        ('by = "person"', 'by = "person"\nmin = 2', "person_bounds", "rules.ears.min"),
        ('by = "person"\nstages = ["person"]', 'by = "person"\nstages = ["shot"]', "person_stage", "rules.ears.stages"),
        ("[rules.hair_top]", "[rules.hair_topp]", "no_texts", "rules.hair_topp"),
        ('allowed = ["crop"', 'allowed = ["smooth", "crop"', "not_one_of", "allowed"),
        ('background = "blue"', 'background = "pink"', "unknown_background", "output.background"),
        ("blue = [100, 197, 255]", "blue = [100, 197, 256]", "colour", "output.backgrounds.blue"),
        ("blue = [100, 197, 255]", "blue = [100, 197]", "colour", "output.backgrounds.blue"),
        ("blue = [100, 197, 255]", 'blue = "#64c5ff"', "colour", "output.backgrounds.blue"),
        ("min_bytes = 31744", "min_bytes = 41000", "min_above_max", "output.min_bytes"),
        ("min_bytes = 31744", "min_bytes = 20000", "contradiction", "output.min_bytes"),
        ("min_quality = 60", "min_quality = 101", "at_most", "output.min_quality"),
        ("min_quality = 60", "min_quality = 50", "contradiction", "output.min_quality"),
        ("width = 480", "width = 0", "at_least", "output.width"),
        ("width = 480", "width = 8001", "at_most", "output.width"),
        ("width = 480", "width = 480.0", "expected_integer", "output.width"),
        ("width = 480", "width = 360", "contradiction", "output.width"),
        ("dpi = 300", 'dpi = "many"', "expected_integer", "output.dpi"),
        (
            "min = 50\nmax = 110\ntarget = 80",
            "min = 310\nmax = 410\ntarget = 350",
            "contradiction",
            "rules.hair_top.min",
        ),
        ('name = "own"', 'name = "my own"', "bad_name", "name"),
        ('name = "own"', 'name = "own"\nextends = "nothing"', "base", "extends"),
        ('name = "own"', 'name = "own"\nextends = 3', "base", "extends"),
        ('name = "own"', 'name = "own"\nexclude = ["makeup"]', "exclude_base", "exclude"),
        ('name = "own"', 'name = "own"\nextends = "chsi"\nexclude = ["make-up"]', "exclude", "exclude"),
        ('name = "own"', 'name = "own"\nextends = "chsi"\nexclude = "makeup"', "expected_list", "exclude"),
    ],
)
def test_a_wrong_file_is_one_sentence_naming_file_and_key(
    tmp_path: Path, old: str, new: str, kind: str, key: str
) -> None:
    assert old in CUSTOM, "the standard has changed and no longer contains the text that this test replaces"
    problem = problem_of(custom_standard(tmp_path, CUSTOM.replace(old, new, 1)))
    assert (problem.key, problem.values["key"]) == (f"problem.standard.{kind}", key)
    assert_one_sentence(problem, "own.toml", key)


def test_heights_that_contradict_each_other(tmp_path: Path) -> None:
    problem = problem_of(custom_standard(tmp_path, SMALL + HEAD + BODY))
    assert problem.key == "problem.standard.contradiction"
    assert_one_sentence(problem, "own.toml", "rules.body_share")
    assert "rules.head_height" in str(problem)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    text = CUSTOM[: CUSTOM.index("[output]")] + CUSTOM[CUSTOM.index("[rules.width]") :]
    assert_one_sentence(problem_of(custom_standard(tmp_path, text)), "own.toml", "output")
    assert_one_sentence(problem_of(custom_standard(tmp_path, SMALL + "output = 3\n")), "own.toml", "output")
    assert_one_sentence(problem_of(custom_standard(tmp_path, SMALL + "rules = 3\n")), "own.toml", "rules")
    assert_one_sentence(
        problem_of(custom_standard(tmp_path, SMALL + "[rules]\nhair_top = 3\n")), "own.toml", "rules.hair_top"
    )


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ('name = "own"\ntitle = 本校\n', "syntax", 2),
        ("[rules", "syntax", 1),
        ('name = "own"\nname = "own"\n', "twice", 2),
        ("[output]\nwidth = 1\n[output]\nwidth = 2\n", "twice", 3),
        ("\nretrieved = 2026-02-30\n", "no_such_date", 2),
        ("x = " + "[" * 5000, "syntax", 1),
        ("x = " + "9" * 5000, "syntax", 1),
        (SMALL.encode("gbk"), "not_utf8", 2),
        (SMALL.encode("utf-16"), "not_utf8", 1),
    ],
)
def test_a_file_that_is_no_toml_is_reported_with_its_line(
    tmp_path: Path, text: str | bytes, kind: str, line: int
) -> None:
    problem = problem_of(custom_standard(tmp_path, text))
    assert (problem.key, problem.values["line"]) == (f"problem.standard.{kind}", line)
    assert_one_sentence(problem, "own.toml", str(line))


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    problem = problem_of(custom_standard(tmp_path, text))
    assert problem.key == "problem.standard.empty_file"
    assert_one_sentence(problem, "own.toml", "")


def test_a_path_that_is_no_readable_file(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name, kind in (("none.toml", "no_file"), ("folder.toml", "is_folder"), ("a\0b.toml", "unreadable")):
        problem = problem_of(tmp_path / name)
        assert problem.key == f"problem.standard.{kind}"
        assert_one_sentence(problem, name, "")
    huge = problem_of(custom_standard(tmp_path, b"#" * 1_000_001))
    assert huge.key == "problem.standard.too_long"


# ------------------------------------------------------------------ any wrong file

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.dates(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["a", "min", "blue"]), st.integers(), max_size=2),
)
CHANGED_RULES = ("bytes", "hair_top", "eye_line", "one_face", "roll", "no_blink", "ears")
FULL_STANDARD = tomllib.loads(CUSTOM)
PLAIN = {**FULL_STANDARD, "rules": {name: FULL_STANDARD["rules"][name] for name in CHANGED_RULES}}
PLACES = [(), ("output",), ("output", "backgrounds"), ("rules",), *(("rules", name) for name in CHANGED_RULES)]


def toml(value: Any) -> str:
    """Return a value as TOML; it supports the types that a standard contains."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, date)):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in value) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    return "{" + ", ".join(f"{toml(key)} = {toml(part)}" for key, part in value.items()) + "}"


def copied(value: Any) -> Any:
    return {key: copied(part) for key, part in value.items()} if isinstance(value, dict) else value


@st.composite
def damaged_standard(draw: st.DrawFn) -> dict[str, Any]:
    """Draw chsi with one to three entries deleted, renamed or with another value, or with min and max swapped."""
    tables = copied(PLAIN)
    for _ in range(draw(st.integers(1, 3))):
        at: Any = tables
        for part in draw(st.sampled_from(PLACES)):
            at = at.get(part) if isinstance(at, dict) else None
        if not isinstance(at, dict) or not at:
            continue
        key = draw(st.sampled_from(sorted(at)))
        change = draw(st.sampled_from(["delete", "rename", "value", "swap"]))
        if change == "swap" and "min" in at and "max" in at:
            at["min"], at["max"] = at["max"], at["min"]
            continue
        value = at.pop(key)
        if change == "rename":
            at[draw(st.text("abc_xyz.本", min_size=1, max_size=5))] = value
        elif change in ("value", "swap"):
            new = draw(VALUES)
            at.update({} if new is None else {key: new})
    return tables


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables=damaged_standard())
@example(tables={**PLAIN, "rules": {**PLAIN["rules"], "hair_top": {**PLAIN["rules"]["hair_top"], "min": 10**400}}})
def test_a_damaged_standard_is_valid_or_one_problem(tmp_path: Path, tables: dict[str, Any]) -> None:
    path = custom_standard(tmp_path, "\n".join(f"{toml(key)} = {toml(value)}" for key, value in tables.items()))
    problem = problem_or_none(path)
    if problem is not None:
        assert problem.values.get("key") != "-"
        assert problem.key != "problem.standard.wrong", "a kind of error has no message"
        assert_one_sentence(problem, "own.toml", str(problem.values.get("key", "")))


def problem_or_none(path: Path) -> Problem | None:
    try:
        assert read_standard(path).rules_for(Stage.PORTRAIT) is not None
    except Problem as problem:
        return problem
    return None
