"""Names as offices pad them, cards print them and programs damage them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.person_names import has_letter, mask_name, normalize_name, replacement_character

SPELLINGS = {
    "王　明": "王明",
    "王 明": "王明",
    "欧阳  小 明": "欧阳小明",
    "\u202d王明\u202c": "王明",
    "林晚舟\u200b": "林晚舟",
    "\ufeff林晚舟\xa0": "林晚舟",
    "葛\U000e0100洪": "葛洪",
    "买买提•吐尔逊": "买买提·吐尔逊",
    "买买提．吐尔逊": "买买提·吐尔逊",
    "买买提・吐尔逊": "买买提·吐尔逊",
    "买买提‧吐尔逊": "买买提·吐尔逊",
    "买买提 · 吐尔逊": "买买提·吐尔逊",
    "买买提  吐尔逊": "买买提 吐尔逊",
    "JOHN   SMITH": "JOHN SMITH",
    "ＪＯＨＮ　ＳＭＩＴＨ": "JOHN SMITH",
    "J.R. O'Brien, Mary": "J.R. O'Brien, Mary",
    "王\U00020bb7": "王\U00020bb7",
    "王\U0002ebf0 ": "王\U0002ebf0",  # extension I, which Python 3.11 does not know
    "\U00031350　明": "\U00031350明",
    "刘\U0003fffe明": "刘明",  # a noncharacter
    "金\uf90a": "金金",  # a compatibility ideograph
    "王\ue863": "王䶮",  # as GB 18030-2000 had it
    "刘\ue81e": "刘龴",
}


@pytest.mark.parametrize(("written", "name"), SPELLINGS.items())
def test_one_name_however_it_is_written(written: str, name: str) -> None:
    assert normalize_name(written) == name
    assert mask_name(written) == mask_name(name)


@given(st.text())
def test_normalizing_again_changes_nothing(text: str) -> None:
    assert normalize_name(normalize_name(text)) == normalize_name(text)


@pytest.mark.parametrize("name", ["王?", "王\ufffd", "〓明", "王□", "王*明", "王\ue000", "王？"])
def test_a_lost_character_is_reported(name: str) -> None:
    assert "U+" in replacement_character(normalize_name(name))


@pytest.mark.parametrize("name", ["王明", "买买提·吐尔逊", "JOSÉ GARCÍA", "王䶮", "O'Brien"])
def test_a_complete_name_has_no_lost_character(name: str) -> None:
    assert replacement_character(normalize_name(name)) == ""


def test_a_name_of_characters_that_python_does_not_know_is_a_name() -> None:
    assert [has_letter(name) for name in ("\U0002ebf0\U00031350", "王", "·", "12")] == [True, True, False, False]
    assert replacement_character("\U0002ebf0") == ""
    assert mask_name("王\U0002ebf0明") == "王*明"
