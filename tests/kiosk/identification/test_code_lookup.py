"""The student of a code: local codes, listed ones, numbers, and everything that identifies nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.local_codes import local_code
from kiosk.identification.code_list import CodeList, payload_hash
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.code_resolver import CodeProblem
from kiosk.identification.local_codes import LocalCodeResolver
from kiosk.upload.roster import Roster
from tests.factories import make_roster
from tests.kiosk.identification.conftest import CIPHER, KEY, NOW, NUMBER, campaign, student

KeyOf = Callable[[Callable[[], object]], str]
SEALED = "Zk9x+sealed/by+somebody/else=="


@pytest.fixture
def code_list(tmp_path: Path, roster: Roster) -> CodeList:
    codes = CodeList(tmp_path / "codes", CIPHER, roster)
    codes.replace(
        {
            payload_hash(SEALED): ("2022S001", "NOW001"),
            payload_hash("twin"): ("2022S777", "NOW002"),
            payload_hash("which twin"): ("2022S777", ""),
            payload_hash("elsewhere"): ("2022S001", "GONE99"),
            payload_hash("nobody"): ("2099S999", ""),
        }
    )
    return codes


@pytest.fixture
def lookup(roster: Roster, code_list: CodeList) -> CodeLookup:
    return CodeLookup(roster, (LocalCodeResolver(roster, KEY), code_list))


@pytest.mark.parametrize(
    ("payload", "who"),
    [
        (local_code(KEY, "NOW001", "2022S001"), "wang"),
        (local_code(KEY, "NOW002", "2022S777"), "twin-b"),
        (SEALED, "wang"),
        (f" {SEALED}\t", "wang"),
        ("twin", "twin-b"),
        ("2022S001", "wang"),
        ("2022s001", "wang"),
        ("２０２２Ｓ００１", "wang"),
        ("]C12022S001", "wang"),
        (" 2022S001\r\n", "wang"),
        (NUMBER, "wang"),
    ],
)
def test_the_student_of_a_code(lookup: CodeLookup, payload: str, who: str) -> None:
    assert lookup.find(payload, NOW).student.id == who


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (local_code(KEY, "OVER01", "2019S001"), "roster.expired"),
        (local_code(KEY, "GONE99", "2022S001"), "code.other_campaign"),
        (local_code("cd" * 32, "NOW001", "2022S001"), "code.unknown"),
        (local_code(KEY, "NOW001", "2022S001").replace("S001", "S777"), "code.unknown"),
        (local_code(KEY, "NOW001", "2022S999"), "code.unknown"),
        ("nobody", "code.unknown"),
        ("elsewhere", "code.other_campaign"),
        ("which twin", "roster.several"),
        ("2022S777", "roster.several"),
        ("2019S001", "roster.expired"),
        ("2099S999", "code.unknown"),
        ("990101200305090122", "code.unknown"),
        ("https://example.edu.cn/a-poster-on-the-wall", "code.unknown"),
        ("", "code.unknown"),
        ("ZGTEST1:::", "code.unknown"),
    ],
)
def test_why_a_code_names_nobody(lookup: CodeLookup, key_of: KeyOf, payload: str, key: str) -> None:
    assert key_of(lambda: lookup.find(payload, NOW)) == key


def test_bare_student_numbers_may_be_refused_by_setting(roster: Roster, key_of: KeyOf) -> None:
    strict = CodeLookup(roster, (LocalCodeResolver(roster, KEY),), student_numbers=False)
    assert key_of(lambda: strict.find("2022S001", NOW)) == "code.unknown"
    assert strict.find(local_code(KEY, "NOW001", "2022S001"), NOW).student.id == "wang"
    assert strict.find(NUMBER, NOW).student.id == "wang"


@pytest.mark.parametrize(
    ("payload", "otherwise"),
    [
        ("99010120030509005X", "find_student_no"),
        ("99010120030509005x", "find_student_no"),
        ("990101200305090122", "find"),  # the check character is wrong
        ("E12345678", "find"),
    ],
)
def test_a_number_is_looked_up_first_by_its_form(
    payload: str, otherwise: str, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash of an ID number is slow."""
    one = student("one", "NOW001", payload, payload.upper())
    roster.replace(make_roster([campaign("NOW001")], [one], now=NOW))
    monkeypatch.setattr(roster, otherwise, lambda *_: pytest.fail("looked up as another kind of number"))
    assert CodeLookup(roster, ()).find(payload, NOW).student.id == "one"


@pytest.mark.parametrize("student_numbers", [True, False])
def test_a_passport_number_in_a_code_names_its_holder(student_numbers: bool, roster: Roster, key_of: KeyOf) -> None:
    guest = student("guest", "NOW001", None, "E12345678")
    roster.replace(make_roster([campaign("NOW001")], [guest], now=NOW))
    lookup = CodeLookup(roster, (), student_numbers)
    assert lookup.find("e12345678", NOW).student.id == "guest"
    assert key_of(lambda: lookup.find("E12345679", NOW)) == "code.unknown"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.text(max_size=80))
def test_no_payload_breaks_anything(lookup: CodeLookup, payload: str) -> None:
    with pytest.raises(CodeProblem):
        lookup.find(f"{payload}?", NOW)


@given(at=st.integers(0, 60), character=st.characters(min_codepoint=33, max_codepoint=126))
def test_one_changed_character_breaks_the_mac(at: int, character: str) -> None:
    code = local_code(KEY, "NOW001", "2022S001")
    at %= len(code)
    changed = code[:at] + character + code[at + 1 :]
    resolver = LocalCodeResolver.__new__(LocalCodeResolver)
    resolver._key = KEY
    if changed != code and changed.startswith("ZGTEST1:") and changed.count(":") == 3:
        with pytest.raises(CodeProblem):
            resolver.resolve(changed, NOW)


def test_the_parts_of_a_local_code_have_no_colon() -> None:
    with pytest.raises(ValueError, match="colon"):
        local_code(KEY, "NOW001", "2022:1")


def test_a_student_number_is_never_taken_for_an_id_number(roster: Roster, key_of: KeyOf) -> None:
    assert key_of(lambda: roster.find("2022S001", NOW)) == "roster.unknown"
    assert key_of(lambda: roster.find_student_no(NUMBER, NOW)) == "roster.unknown"


def test_a_student_captured_here_is_reported(lookup: CodeLookup, roster: Roster, key_of: KeyOf) -> None:
    roster.mark_captured("wang")
    assert key_of(lambda: lookup.find(SEALED, NOW)) == "roster.captured"
    assert key_of(lambda: lookup.find("2022S001", NOW)) == "roster.captured"


def test_an_empty_roster_is_reported(tmp_path: Path, key_of: KeyOf) -> None:
    empty = Roster(tmp_path / "none", CIPHER, KEY)
    assert key_of(lambda: CodeLookup(empty, ()).find("2022S001", NOW)) == "roster.empty"
