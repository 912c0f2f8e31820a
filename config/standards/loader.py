"""A file -> a photo standard, or the one sentence that names the file and the key that is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polib
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import Problem
from config.i18n import FALLBACK, catalogue_files
from config.standards.schema import Operation, Output, PhotoStandard, Rule, Stage

SHIPPED: Final = Path(__file__).parent
_LARGEST: Final = 1_000_000  # bytes; nobody writes a longer one, and a device file has no end
_INHERITED: Final = ("allowed", "output", "rules")
_SHOWN: Final = 40  # characters of a wrong value that a sentence repeats
_AT_LINE: Final = re.compile(r"at line (\d+)")
_TYPES: Final = {  # pydantic's names of a wrong type -> the sentence `problem.standard.<kind>`
    "int_type": "want_whole",
    "int_from_float": "want_whole",
    "int_parsing": "want_whole",
    "float_type": "want_number",
    "finite_number": "want_number",
    "bool_type": "want_truth",
    "string_type": "want_text",
    "tuple_type": "want_list",
    "dict_type": "want_table",
    "model_type": "want_table",
    "date_type": "want_date",
}

Tables = dict[str, Any]
Chain = tuple[tuple[str, bytes], ...]
"""The name and the bytes of a file and of those that it extends."""


def shipped() -> dict[str, Path]:
    """The standards that come with the programme, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def read_standard(path: Path) -> PhotoStandard:
    """Reads one standard file. Read again only when its bytes have changed.

    Raises Problem: problem.standard.* naming the file and the key (or the line) that is wrong.
    """
    made = _made(_chain(path))
    _check_name(path, made.name)
    return made


def _check_name(path: Path, name: str) -> None:
    """The name in the file is the file's own, and no shipped one: what a recipe calls "chsi" must mean one text."""
    if name != path.stem:
        raise Problem("problem.standard.name_differs", file=path.name, key="name", given=name, stem=path.stem)
    if name in shipped() and path.resolve().parent != SHIPPED.resolve():
        raise Problem("problem.standard.name_taken", file=path.name, key="name", given=name)


# ---------------------------------------------------------------------------------------------------- bytes and tables


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise Problem("problem.standard.no_file", file=str(path)) from error
    except IsADirectoryError as error:
        raise Problem("problem.standard.is_folder", file=str(path)) from error
    except (OSError, ValueError) as error:
        raise Problem("problem.standard.unreadable", file=str(path)) from error
    if len(data) > _LARGEST:
        raise Problem("problem.standard.too_long", file=path.name)
    return data


def _tables(file: str, data: bytes) -> Tables:
    try:
        # Windows' Notepad begins its UTF-8 files with a mark (BOM) that TOML does not know; it does no harm.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem("problem.standard.not_utf8", file=file, line=line) from error
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
        raise _no_toml(file, text, str(error)) from error
    if not tables:
        raise Problem("problem.standard.empty_file", file=file)
    return tables


def _no_toml(file: str, text: str, told: str) -> Problem:
    """tomllib tells the line in its English message; the line itself says more than the rest of it."""
    lines = text.splitlines() or [""]
    found = _AT_LINE.search(told)
    line = min(int(found[1]), len(lines)) if found else len(lines)
    kind = "syntax"
    if "twice" in told or "overwrite" in told or "Duplicate" in told or "mutate" in told:
        kind = "twice"
    elif "date" in told:
        kind = "no_such_date"
    return Problem(f"problem.standard.{kind}", file=file, line=line, text=_cut(lines[line - 1].strip()))


# ---------------------------------------------------------------------------------------------------- extending another


def _chain(path: Path) -> Chain:
    """The file, the one that it extends, and so on. Own files extend shipped ones only, so there is an end."""
    data = _read(path)
    base = _base(path.name, data)
    return ((path.name, data), *(_chain(base) if base else ()))


@lru_cache(maxsize=32)
def _base(file: str, data: bytes) -> Path | None:
    """The shipped standard that this one extends."""
    tables = _tables(file, data)
    if "extends" not in tables:
        return None
    known = shipped()
    base = tables["extends"]
    if not isinstance(base, str) or base not in known or known[base].name == file:
        names = ", ".join(name for name in known if known[name].name != file)
        raise Problem("problem.standard.base", file=file, key="extends", given=_shown(base), known=names)
    return known[base]


def _extended(file: str, own: Tables, base: Tables) -> Tables:
    """`own`, and whatever it does not say from `base`; a rule is taken over whole or not at all."""
    merged = {key: base[key] for key in _INHERITED if key in base} | own
    for part in ("output", "rules"):
        if isinstance(own.get(part), dict):
            merged[part] = {**base[part], **own[part]}
    left_out = own.get("without")
    if isinstance(left_out, list) and isinstance(merged["rules"], dict):
        for name in left_out:
            if name not in list(base["rules"]) or own.get("rules", {}).get(name):
                known = ", ".join(base["rules"])
                raise Problem("problem.standard.without", file=file, key="without", given=_shown(name), known=known)
        merged["rules"] = {name: rule for name, rule in merged["rules"].items() if name not in left_out}
    return merged


@lru_cache(maxsize=32)
def _made(chain: Chain) -> PhotoStandard:
    file = chain[0][0]
    tables = _tables(*chain[-1])
    for own in reversed(chain[:-1]):
        tables = _extended(own[0], _tables(*own), tables)
    if "without" in tables and len(chain) == 1:
        raise Problem("problem.standard.without_base", file=file, key="without")
    try:
        return PhotoStandard.model_validate(tables)
    except ValidationError as error:
        raise _in_words(file, error.errors()[0]) from error


# ---------------------------------------------------------------------------------------------------- what is wrong


def _in_words(file: str, error: ErrorDetails) -> Problem:
    """One of pydantic's findings as a Problem: its English is never shown."""
    place = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    kind, at, values = _finding(error, place)
    key = ".".join([*place, at] if at else place)
    return Problem(f"problem.standard.{kind}", file=file, key=key or "-", **values)


def _finding(error: ErrorDetails, place: list[str]) -> tuple[str, str, dict[str, object]]:
    """The kind of fault, the key below `place`, and what fills the sentence."""
    name, given = error["type"], _shown(error["input"])
    limits = error.get("ctx", {})
    if name == "standard":
        return _ours(limits)
    if "backgrounds" in place[:-1]:
        return "colour", "", {}
    if name == "missing":
        return "missing", "", {}
    if name == "extra_forbidden":
        return "unknown_key", "", {"known": ", ".join(_part(place[:-1]).model_fields)}
    if name in ("string_too_short", "too_short"):
        return "empty", "", {}
    if name in ("enum", "literal_error"):
        return "not_one_of", "", {"given": given, "known": _choices(place)}
    if name == "string_pattern_mismatch":
        return "bad_name", "", {"given": given}
    if name in ("greater_than_equal", "less_than_equal"):
        side, limit = ("at_least", limits["ge"]) if "ge" in limits else ("at_most", limits["le"])
        return side, "", {"given": given, "limit": f"{limit:.10g}"}
    if name.startswith("date_"):
        name = "date_type"
    return _TYPES.get(name, "wrong"), "", {"given": given}


def _ours(context: dict[str, Any]) -> tuple[str, str, dict[str, object]]:
    values = dict(context["values"])
    if context["kind"] == "unspoken":
        values["known"] = ", ".join(get_close_matches(values["given"], _spoken_rules(), n=5, cutoff=0))
    if isinstance(values.get("given"), str):
        values["given"] = _shown(values["given"])  # a line break in it must not break the sentence
    return context["kind"], context["at"], values


def _part(place: list[str]) -> type[BaseModel]:
    if place and place[0] == "output":
        return Output
    return Rule if place and place[0] == "rules" else PhotoStandard


def _choices(place: list[str]) -> str:
    if "stages" in place:
        return ", ".join(Stage)
    return ", ".join(Operation) if "allowed" in place else "machine, person"


def _spoken_rules() -> list[str]:
    """The rules that there are words for; only looked up to help with a wrong name."""
    found: set[str] = set()
    for path in catalogue_files(FALLBACK):
        ids = (entry.msgid for entry in polib.pofile(str(path)))
        found |= {key.split(".")[1] for key in ids if key.startswith("rule.")}
    return sorted(found)


def _shown(value: object) -> str:
    """A value as it would stand in the file, cut short."""
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
