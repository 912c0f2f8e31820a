"""Why a settings file is wrong, as a message in the user's language; the English texts of libraries are not shown."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic_core import ErrorDetails

from config.i18n import Message

_LINE_NUMBER: Final = re.compile(r"at line (\d+)")
_TWICE: Final = ("twice", "overwrite", "Duplicate", "mutate", "already")
_KINDS: Final = {  # pydantic's names of an error -> the message `problem.settings.why.<kind>`
    "extra_forbidden": "unknown_key",
    "missing": "missing",
    "int_type": "expected_integer",
    "int_from_float": "expected_integer",
    "int_parsing": "expected_integer",
    "float_type": "expected_number",
    "float_parsing": "expected_number",
    "finite_number": "finite",
    "bool_type": "expected_boolean",
    "bool_parsing": "expected_boolean",
    "string_type": "expected_string",
    "tuple_type": "expected_list",
    "list_type": "expected_list",
    "dict_type": "expected_table",
    "model_type": "expected_table",
    "string_pattern_mismatch": "bad_text",
    "open_quote": "open_quote",  # of our own checks
    "pin_hash": "pin_hash",
    "time_of_day": "time_of_day",
}
_BOUNDS: Final = {"ge": "at_least", "gt": "above", "le": "at_most", "lt": "below"}


def invalid_value_reason(error: ErrorDetails) -> Message | str:
    """Return why pydantic rejected a value; for a check of our own its sentence."""
    name, context = error["type"], error.get("ctx", {})
    if name == "value_error":
        return str(context["error"])
    if name in ("literal_error", "enum"):
        return _why("not_one_of", known=context["expected"].replace(" or ", ", "))
    for bound, kind in _BOUNDS.items():
        if bound in context:
            return _why(kind, limit=f"{context[bound]:.10g}")
    if name.endswith(("too_short", "too_long")):
        return _length_reason(name, context)
    return _why(_KINDS.get(name, "wrong"))


def not_utf8_reason(data: bytes, error: UnicodeDecodeError) -> Message:
    return _why("not_utf8", line=data.count(b"\n", 0, error.start) + 1)


def syntax_reason(text: str, error: Exception) -> Message:
    """Return the line that is no TOML. Its text is not shown, because it may contain a password."""
    lines = max(1, len(text.splitlines()))
    match = _LINE_NUMBER.search(str(error))
    if match is None:  # at the end of the file, or a number with thousands of digits
        return _why("syntax_at_end" if "end of document" in str(error) else "syntax_somewhere")
    kind = "twice" if any(word in str(error) for word in _TWICE) else "syntax"
    return _why(kind, line=min(int(match[1]), lines))


def _length_reason(name: str, context: dict[str, Any]) -> Message:
    if name.endswith("short"):
        return _why("empty")
    is_text = name.startswith("string")
    return _why("too_long" if is_text else "too_many", limit=context["max_length"])


def _why(kind: str, **values: object) -> Message:
    return Message(f"problem.settings.why.{kind}", values)
