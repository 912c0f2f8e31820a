"""Read a photo standard from its file; errors name the file and the invalid key."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from config.errors import Problem
from config.renamed_keys import PHOTO_STANDARD, first_renamed_key
from config.standards.schema import PhotoStandard
from config.standards.validation_errors import quote_value, truncate, validation_problem

SHIPPED: Final = Path(__file__).parent
_MAX_BYTES: Final = 1_000_000  # bytes; standards are shorter, and a device file is endless
_INHERITED: Final = ("allowed", "output", "extension", "rules")
_LINE_NUMBER: Final = re.compile(r"at line (\d+)")

Tables = dict[str, Any]
Chain = tuple[tuple[str, bytes], ...]
"""The name and the bytes of a file and of those that it extends."""


def shipped_standards() -> dict[str, Path]:
    """Return the shipped standards by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def read_standard(path: Path) -> PhotoStandard:
    """Read one standard file; cached until its bytes change.

    Raises Problem (problem.standard.*) with the file and the invalid key or line.
    """
    standard = _parse_standard(_load_chain(path))
    _check_name(path, standard.name)
    return standard


def _check_name(path: Path, name: str) -> None:
    """Require the name of the file, and not a shipped one: "chsi" in a recipe must always mean the same content."""
    if name != path.stem:
        raise Problem("problem.standard.name_differs", file=path.name, key="name", given=name, stem=path.stem)
    if name in shipped_standards() and path.resolve().parent != SHIPPED.resolve():
        raise Problem("problem.standard.name_taken", file=path.name, key="name", given=name)


# ---------------------------------------------------------------------------------------------------- bytes and tables


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Problem("problem.standard.no_file", file=str(path)) from error
    except IsADirectoryError as error:
        raise Problem("problem.standard.is_folder", file=str(path)) from error
    except (OSError, ValueError) as error:
        raise Problem("problem.standard.unreadable", file=str(path)) from error
    if len(data) > _MAX_BYTES:
        raise Problem("problem.standard.too_long", file=path.name)
    return data


@lru_cache(maxsize=32)
def _parse_toml(file: str, data: bytes) -> Tables:
    """Return the content of a file; cached, because it is needed to find the standard that it extends and to merge
    both."""
    try:
        # Windows' Notepad begins UTF-8 files with a byte order mark, which TOML does not allow.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem("problem.standard.not_utf8", file=file, line=line) from error
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
        raise _syntax_error(file, text, str(error)) from error
    if not tables:
        raise Problem("problem.standard.empty_file", file=file)
    if found := first_renamed_key(tables, PHOTO_STANDARD):
        old, new = found
        raise Problem("problem.standard.renamed", file=file, old=old, new=new)
    return tables


def _syntax_error(file: str, text: str, message: str) -> Problem:
    """Return the problem with the line number from tomllib's English message, which is not shown itself."""
    lines = text.splitlines() or [""]
    match = _LINE_NUMBER.search(message)
    line = min(int(match[1]), len(lines)) if match else len(lines)
    kind = "syntax"
    if "twice" in message or "overwrite" in message or "Duplicate" in message or "mutate" in message:
        kind = "twice"
    elif "date" in message:
        kind = "no_such_date"
    return Problem(f"problem.standard.{kind}", file=file, line=line, text=truncate(lines[line - 1].strip()))


# ---------------------------------------------------------------------------------------------------- extending another


def _load_chain(path: Path) -> Chain:
    """Return the file, the one that it extends, and so on. Custom files extend only shipped ones, so the chain ends."""
    data = _read(path)
    base = _base_path(path.name, data)
    return ((path.name, data), *(_load_chain(base) if base else ()))


@lru_cache(maxsize=32)
def _base_path(file: str, data: bytes) -> Path | None:
    """Return the shipped standard that this one extends."""
    tables = _parse_toml(file, data)
    if "extends" not in tables:
        return None
    known = shipped_standards()
    base = tables["extends"]
    if not isinstance(base, str) or base not in known or known[base].name == file:
        names = ", ".join(name for name in known if known[name].name != file)
        raise Problem("problem.standard.base", file=file, key="extends", given=quote_value(base), known=names)
    return known[base]


def _merge(file: str, custom: Tables, base: Tables) -> Tables:
    """Return `custom` completed from `base`; a rule is inherited as a whole or not at all."""
    merged = {key: base[key] for key in _INHERITED if key in base} | custom
    for part in ("output", "extension", "rules"):
        if part in base and isinstance(custom.get(part), dict):
            merged[part] = {**base[part], **custom[part]}
    excluded = custom.get("exclude")
    if isinstance(excluded, list) and isinstance(merged["rules"], dict):
        for name in excluded:
            if name not in list(base["rules"]) or custom.get("rules", {}).get(name):
                known = ", ".join(base["rules"])
                raise Problem(
                    "problem.standard.exclude", file=file, key="exclude", given=quote_value(name), known=known
                )
        merged["rules"] = {name: rule for name, rule in merged["rules"].items() if name not in excluded}
    return merged


@lru_cache(maxsize=32)
def _parse_standard(chain: Chain) -> PhotoStandard:
    file = chain[0][0]
    tables = _parse_toml(*chain[-1])
    for own in reversed(chain[:-1]):
        tables = _merge(own[0], _parse_toml(*own), tables)
    if "exclude" in tables and len(chain) == 1:
        raise Problem("problem.standard.exclude_base", file=file, key="exclude")
    try:
        return PhotoStandard.model_validate(tables)
    except ValidationError as error:
        raise validation_problem(file, error.errors()[0]) from error
