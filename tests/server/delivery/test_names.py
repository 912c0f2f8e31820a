"""Hostile templates are refused, and hostile values stay in their folder, on every system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Problem
from server.delivery.fields import NAMES
from server.delivery.names import MAX_NAME_LENGTH, duplicate_names, parse_own_name, parse_template

VALUES = {name: f"{name}值" for name in NAMES}
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "..",
            "../../etc/passwd",
            "C:\\x",
            "CON",
            "con.txt",
            "nul ",
            "COM¹",
            "a/b",
            "\x00",
            "\u202egpj.exe",
            "{xm}",
            ".",
        ]
    ),
)
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])")


def name_of(template: str, **values: str) -> str:
    return parse_template(template, True).name_of({**VALUES, **values})


def outcome_of(template: str, values: dict[str, str], id_number_allowed: bool) -> tuple[str, Problem | None]:
    """Return the name, or "" and the problem."""
    try:
        return parse_template(template, id_number_allowed).name_of(values), None
    except Problem as problem:
        return "", problem


def key_of(template: str, id_number_allowed: bool = False) -> str:
    with pytest.raises(Problem) as problem:
        parse_template(template, id_number_allowed)
    return problem.value.key.removeprefix("delivery.")


def test_a_template_gives_folder_and_name() -> None:
    values = {"yxdm": "99001", "bh": "计算机2201班", "xh": "20220001"}
    assert name_of("{yxdm}/{bh}/{xh}.jpg", **values) == "99001/计算机2201班/20220001.jpg"
    assert name_of("照片_{xh}.JPG", **values) == "照片_20220001.jpg"
    assert name_of("{{{xh}}}.jpg", **values) == "{20220001}.jpg"


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{xh.__class__}.jpg", "template_field"),
        ("{xh[0]}.jpg", "template_field"),
        ("{xh!r}.jpg", "template_field"),
        ("{xh:>99999999}.jpg", "template_field"),
        ("{xh:{xm}}.jpg", "template_field"),
        ("{}.jpg", "template_field"),
        ("{0}.jpg", "template_field"),
        ("{password}.jpg", "template_field"),
        ("{xh.jpg", "template_braces"),
        ("xh}.jpg", "template_braces"),
        ("/{xh}.jpg", "template_path"),
        ("../{xh}.jpg", "template_path"),
        ("{bh}/../{xh}.jpg", "template_path"),
        ("{bh}//{xh}.jpg", "template_path"),
        ("{bh}/. ./{xh}.jpg", "template_path"),
        ("{xh}/.jpg", "template_path"),
        ("C:{xh}.jpg", "template_character"),
        ("{bh}\\{xh}.jpg", "template_character"),
        ("{xh}\n.jpg", "template_character"),
        ("\u202e{xh}.jpg", "template_character"),
        ("{xh}.exe", "template_suffix"),
        ("", "template_suffix"),
        ("photo.jpg", "template_same_name"),
        ("{xh}" + "x" * 200 + ".jpg", "template_long"),
        ("{sfzh}.jpg", "template_id_number"),
    ],
)
def test_a_hostile_template_is_refused(template: str, key: str) -> None:
    assert key_of(template) == key


def test_the_id_number_is_in_a_name_only_if_the_campaign_allows_it() -> None:
    assert parse_template("{sfzh}.jpg", True).name_of({"sfzh": "990101200301020011"}) == "990101200301020011.jpg"
    with pytest.raises(Problem, match="ID number"):
        parse_own_name("{sfzh}", False)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(Problem) as problem:
        name_of("{bh}/{xh}.jpg", bh=" . ")
    assert (problem.value.key, problem.value.values) == ("delivery.field_empty", {"field": "bh"})


def test_devices_of_windows_get_another_name() -> None:
    assert name_of("{xm}.jpg", xm="con") == "con_.jpg"
    assert name_of("{xm}.jpg", xm="NUL.tar") == "NUL_.tar.jpg"
    assert name_of("CO{xm}/{xh}.jpg", xm="M1", xh="1") == "COM1_/1.jpg"


@given(st.fixed_dictionaries({name: HOSTILE for name in NAMES}), st.sampled_from(["{bh}/{xm}.jpg", "{yxmc}/a{xh}.jpg"]))
def test_every_value_stays_in_its_folder(values: dict[str, str], template: str) -> None:
    name, refusal = outcome_of(template, {**VALUES, **values}, True)
    if refusal is not None:
        assert refusal.key in ("delivery.field_empty", "delivery.name_too_long")
        return
    folders = name.split("/")
    assert len(folders) == 2
    assert folders[-1].endswith(".jpg")
    assert name == unicodedata.normalize("NFC", name)
    assert len(name) <= MAX_NAME_LENGTH
    assert not PurePosixPath(name).is_absolute()
    assert not PureWindowsPath(name).is_absolute()
    name.encode()
    for folder in folders:
        assert folder == folder.strip(" .")
        assert not set(folder) & set('<>:"/\\|?*\x00')
        assert not DEVICES.fullmatch(folder.split(".")[0].strip())
        assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in folder)


@given(st.text(max_size=60))
def test_every_template_names_a_file_or_is_refused_with_a_sentence(text: str) -> None:
    name, refusal = outcome_of(text, VALUES, False)
    if refusal is not None:
        assert refusal.key.startswith("delivery.")
        assert str(refusal) != refusal.key
    else:
        assert name.endswith(".jpg")
        assert ".." not in name.split("/")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/1.jpg", "a/2.jpg"], set()),
        (["a/B.jpg", "A/b.jpg", "c.jpg"], {"a/B.jpg", "A/b.jpg"}),
        (["e\u0301.jpg", "é.jpg"], {"e\u0301.jpg", "é.jpg"}),
        (["x.jpg", "x.jpg"], {"x.jpg"}),
        (["x.jpg", "X.jpg/1.jpg"], {"x.jpg"}),
    ],
)
def test_names_that_are_the_same_file_are_found(names: list[str], expected: set[str]) -> None:
    assert duplicate_names(names) == expected


def test_a_character_that_python_does_not_know_stays_in_the_file_name() -> None:
    template = parse_template("{xm}.jpg", False)
    assert template.name_of({**VALUES, "xm": "王\U0002ebf0"}) == "王\U0002ebf0.jpg"
    assert template.name_of({**VALUES, "xm": "王\u2fff"}) == "王_.jpg", "control: unassigned outside the ideographs"
