"""Paths, modules, links, commands, options and make targets that the documentation names exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from kiosk.tools.command import SUBCOMMANDS
from server.cli import _COMMANDS as SERVER_COMMANDS
from tests.paths import ROOT

DOCUMENTS: Final = sorted(
    path
    for folder in ("", "docs", "hardware", "config/deploy")
    for path in (ROOT / folder).glob("**/*.md" if folder else "*.md")
    if path.name != "CHANGELOG.md"  # it also names things that were removed
)
TOP: Final = ("config", "hardware", "kiosk", "server", "tests", "docs")
_PATH: Final = re.compile(rf"(?:{'|'.join(TOP)})/[\w./*-]*")
_MODULE: Final = re.compile(r"(?:config|hardware|kiosk|server|tests)(?:\.\w+)+")
_LINK: Final = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_COMMAND: Final = re.compile(r"zhengguan (?!data\b)([a-z]+)(?: ([a-z-]+))?")
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_FOREIGN_COMMANDS: Final = (
    "createdb",
    "pg_dump",
    "pip",
    "git",
    "nginx",
    "systemd",
    "cryptsetup",
    "openssl",
    "apt",
    "certbot",
)
PHOTO_COMMANDS: Final = ("make", "page", "check", "reproduce", "compare", "verify", "standards", "models")


def names(document: Path) -> str:
    return str(document.relative_to(ROOT))


def code_in(document: Path) -> Iterator[str]:
    """Yield every code span and every line of a code block."""
    text = document.read_text(encoding="utf-8")
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from (line for line in text.splitlines() if line.startswith("    ") and not line.strip().startswith("|"))


@cache
def sources() -> str:
    """Return the source of every program of this checkout as one text."""
    files = (path for top in TOP for path in (ROOT / top).rglob("*") if path.suffix in (".py", ".sh"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def is_module_or_member(name: str) -> bool:
    """Return whether a name such as `kiosk.upload.envelope.VERSION` is a module or occurs in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:length])
        module = base.with_suffix(".py") if base.with_suffix(".py").is_file() else base / "__init__.py"
        if module.is_file():
            return length == len(parts) or re.search(rf"\b{parts[length]}\b", module.read_text("utf-8")) is not None
    return False


def test_the_documents_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/security.md", "hardware/README.md"} <= set(map(names, DOCUMENTS))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_path_exists(document: Path) -> None:
    paths = {match.rstrip(".") for code in code_in(document) for match in _PATH.findall(code)}
    assert sorted(path for path in paths if not any(ROOT.glob(path.rstrip("/")))) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_module_exists(document: Path) -> None:
    modules = {match for code in code_in(document) for match in _MODULE.findall(code)}
    files = {name for name in modules if name.rpartition(".")[2] in ("py", "toml", "md", "txt", "keys")}
    assert sorted(name for name in modules - files if not is_module_or_member(name)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_subcommand_exists(document: Path) -> None:
    for code in code_in(document):
        for command, subcommand in _COMMAND.findall(code):
            assert command in SUBCOMMANDS, code
            known = {"server": tuple(SERVER_COMMANDS), "photo": PHOTO_COMMANDS, "outbox": ("rebuild",)}.get(command)
            assert not subcommand or known is None or subcommand in known, code


@pytest.mark.parametrize("command", PHOTO_COMMANDS)
def test_the_photo_commands_are_modules(command: str) -> None:
    assert (ROOT / "kiosk" / "tools" / "photo" / f"{command}.py").is_file()


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_option_exists(document: Path) -> None:
    lines = [code for code in code_in(document) if not any(word in code for word in _FOREIGN_COMMANDS)]
    options = {option for line in lines for option in _OPTION.findall(line)}
    assert sorted(option for option in options if option not in sources()) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_make_target_exists(document: Path) -> None:
    targets = {target for code in code_in(document) for target in re.findall(r"\bmake ([a-z-]+)", code)}
    targets -= set(re.findall(r"photo make ([a-z-]+)", document.read_text(encoding="utf-8")))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert sorted(target for target in targets if f"\n{target}:" not in makefile) == []


@pytest.mark.parametrize("name", ["kiosk.visit.nothing", "server.nothing", "config.errors.Nothing"])
def test_an_unknown_name_is_detected(name: str) -> None:
    assert not is_module_or_member(name)
