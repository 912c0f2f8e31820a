"""Words that this project replaced must not come back as names: CONTRIBUTING has the glossary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT

PACKAGES: Final = ("config", "hardware", "kiosk", "server", "tests")
REPLACED: Final = {
    "hear": "on_",
    "heard": "received",
    "tell": "send, report",
    "tells": "reports",
    "told": "report",
    "saying": "message",
    "phrase": "message",
    "sitting": "visit",
    "conductor": "controller",
    "herald": "announcer",
    "strays": "orphan_shots",
    "vault": "cipher",
    "desk": "queue, monitor, scanner",
    "errand": "job",
    "lanes": "worker_pool",
    "album": "output_folder",
    "darkroom": "engine",
    "patience": "timeouts",
    "wish": "request",
    "wished": "requested",
    "wishes": "settings, arguments",
    "keeper": "recorder",
    "owed": "unsaved",
    "bury": "terminate",
    "nudge": "wake",
    "unclaimed": "unassigned",
    "says": "reports",
    "hears": "receives",
    "wants": "requests",
    "knows": "contains, supports",
    "owes": "pending",
    "died": "ended",
    "dies": "ends",
    "lives": "storage",
    "sleeps": "waits",
    "talks": "connects",
    "strangers": "bystanders",
    "rooms": "benchmarks",
    "balanced": "join_last_characters",
    "trouble": "problem",
}
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """Return line and name of every definition, parameter and assigned name or attribute.

    >>> list(names_in("def f(a):\\n    self.b = a"))
    [(1, 'f'), (1, 'a'), (2, 'b')]
    """
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            names.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.append((node.lineno, node.attr))
    return iter(sorted(set(names), key=lambda row: row[0]))


def replaced_words(name: str) -> list[str]:
    return [word for word in map(str.lower, _WORD.findall(name)) if word in REPLACED]


def modules() -> list[Path]:
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in files if "migrations" not in path.parts)


@pytest.mark.parametrize("name", ["_hear_card", "hearCard", "StudioDesk", "told", "VAULT_KEY", "wished_levels"])
def test_a_replaced_word_is_found_in_every_spelling(name: str) -> None:
    assert replaced_words(name)


@pytest.mark.parametrize("name", ["shear", "desktop", "folder", "satellite", "visit", "unassigned_shots"])
def test_a_word_that_only_contains_one_is_fine(name: str) -> None:
    assert replaced_words(name) == []


def test_no_name_uses_a_replaced_word() -> None:
    uses = [
        f"{path.relative_to(ROOT)}:{line} {name}: {', '.join(REPLACED[word] for word in words)}"
        for path in modules()
        for line, name in names_in(path.read_text(encoding="utf-8"))
        if (words := replaced_words(name))
    ]
    assert uses == []


def test_no_file_is_called_by_a_replaced_word() -> None:
    assert [str(path.relative_to(ROOT)) for path in modules() if replaced_words(path.stem)] == []
