"""Convert a validation error of a photo standard to a Problem that names the file and the key."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any, Final

import polib
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.errors import Problem
from config.i18n import FALLBACK, catalogue_files
from config.standards.extension import ExtensionLimits
from config.standards.output import Output
from config.standards.rule import Rule, Stage
from config.standards.schema import Operation, PhotoStandard

_MAX_SHOWN_CHARS: Final = 40  # characters of a wrong value in a message

_TYPE_ERRORS: Final = {  # pydantic's names of a wrong type -> the message `problem.standard.<kind>`
    "int_type": "expected_integer",
    "int_from_float": "expected_integer",
    "int_parsing": "expected_integer",
    "float_type": "expected_number",
    "finite_number": "expected_number",
    "bool_type": "expected_boolean",
    "string_type": "expected_string",
    "tuple_type": "expected_list",
    "dict_type": "expected_table",
    "model_type": "expected_table",
    "date_type": "expected_date",
}


def validation_problem(file: str, error: ErrorDetails) -> Problem:
    """Convert one of pydantic's errors to a Problem; its English text is never shown."""
    place = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    kind, at, values = _describe_error(error, place)
    key = ".".join([*place, at] if at else place)
    return Problem(f"problem.standard.{kind}", file=file, key=key or "-", **values)


def _describe_error(error: ErrorDetails, place: list[str]) -> tuple[str, str, dict[str, object]]:
    """Return the kind of error, the key below `place`, and the values of the message."""
    name, given = error["type"], quote_value(error["input"])
    limits = error.get("ctx", {})
    if name == "standard":
        return _describe_own_error(limits)
    if "backgrounds" in place[:-1]:
        return "colour", "", {}
    if name == "missing":
        return "missing", "", {}
    if name == "extra_forbidden":
        return "unknown_key", "", {"known": ", ".join(_model_at(place[:-1]).model_fields)}
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
    return _TYPE_ERRORS.get(name, "wrong"), "", {"given": given}


def _describe_own_error(context: dict[str, Any]) -> tuple[str, str, dict[str, object]]:
    values = dict(context["values"])
    if context["kind"] == "no_texts":
        values["known"] = ", ".join(get_close_matches(values["given"], _translated_rules(), n=5, cutoff=0))
    if isinstance(values.get("given"), str):
        values["given"] = quote_value(values["given"])  # a line break in it must not break the message
    return context["kind"], context["at"], values


def _model_at(place: list[str]) -> type[BaseModel]:
    if place and place[0] == "output":
        return Output
    if place and place[0] == "extension":
        return ExtensionLimits
    return Rule if place and place[0] == "rules" else PhotoStandard


def _choices(place: list[str]) -> str:
    if "stages" in place:
        return ", ".join(Stage)
    return ", ".join(Operation) if "allowed" in place else "machine, person"


def _translated_rules() -> list[str]:
    """Return the rules with messages in the catalogue, for suggestions on a wrong name."""
    names: set[str] = set()
    for path in catalogue_files(FALLBACK):
        ids = (entry.msgid for entry in polib.pofile(str(path)))
        names |= {key.split(".")[1] for key in ids if key.startswith("rule.")}
    return sorted(names)


def quote_value(value: object) -> str:
    """Return a value as written in a file, shortened."""
    return truncate(json.dumps(value, ensure_ascii=False, default=str))


def truncate(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_SHOWN_CHARS else text[: _MAX_SHOWN_CHARS - 1] + "…"
