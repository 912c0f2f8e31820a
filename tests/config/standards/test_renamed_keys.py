"""A school's own photo standard of the first release: one sentence names the old key and the key to write instead."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from config.errors import Problem
from config.renamed_keys import PHOTO_STANDARD
from config.standards.registry import STANDARDS_FOLDER, Output, PhotoStandard, Rule, read_standard

HEAD: Final = 'name = "own"\ntitle = "own"\nversion = "1"\nextends = "chsi"\n'
ROWS: Final = list(PHOTO_STANDARD.items())


@pytest.mark.parametrize(("old", "new"), ROWS)
def test_an_old_key_names_the_new_one(tmp_path: Path, old: str, new: str) -> None:
    old, new = old.replace("*", "hair_top"), new.replace("*", "hair_top")
    section, _, name = old.rpartition(".")
    path = tmp_path / "own.toml"
    path.write_text(HEAD + (f"[{section}]\n" if section else "") + f"{name} = 1\n", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_standard(path)
    assert caught.value.key == "problem.standard.renamed"
    assert caught.value.values == {"file": "own.toml", "old": old, "new": new}


@pytest.mark.parametrize(("old", "new"), ROWS)
def test_the_new_key_is_one_that_a_standard_has(old: str, new: str) -> None:
    model = {"output": Output, "rules": Rule}.get(new.split(".")[0], PhotoStandard)
    assert new.rpartition(".")[2] in model.model_fields
    assert old.rpartition(".")[2] not in model.model_fields


def test_the_sentence_is_complete_in_both_languages() -> None:
    values = {"file": "own.toml", "old": "rules.roll.low", "new": "rules.roll.min"}
    for language in ("en", "zh_CN"):
        sentence = Problem("problem.standard.renamed", **values).in_language(language)
        assert all(value in sentence for value in values.values()), sentence
        assert "{" not in sentence


def test_a_standard_keeps_the_hash_of_the_first_release() -> None:
    """Recipes of the first release contain this hash, so new names alone must not change it."""
    for path in STANDARDS_FOLDER.glob("*.toml"):
        standard = read_standard(path)
        content = json.dumps(with_old_names(standard.content()), sort_keys=True)
        assert standard.sha256 == sha256(content.encode()).hexdigest()


def with_old_names(value: Any) -> Any:
    """Return the content of a standard with the names of the first release."""
    old_names = {new.rpartition(".")[2]: old.rpartition(".")[2] for old, new in ROWS}
    if not isinstance(value, dict):
        return value
    return {old_names.get(key, key): with_old_names(part) for key, part in value.items()}
