"""File names by a template such as `{yxdm}/{bh}/{xh}.jpg`.

A template may use the fields of `server.delivery.fields` only; no value can leave its folder, and every name
is valid on Windows, macOS and Linux.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from config.text_normalization import is_ideograph_of_later_unicode
from server.delivery.fields import ID_NUMBER, NAMES, Values

SUFFIX: Final = ".jpg"
EXAMPLE: Final = "{yxdm}/{bh}/{xh}.jpg"
_FIELD_EXAMPLE: Final = "{xh}"
MAX_TEMPLATE_LENGTH: Final = 120
MAX_FOLDER_BYTES: Final = 255
"""Longest name of a file or folder on Linux (ext4) in UTF-8; Windows and macOS allow as many UTF-16 units."""
MAX_NAME_LENGTH: Final = 200
"""Windows allows 260 for a whole path (MAX_PATH); the rest is for the folder into which the school unpacks."""
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"/\\|?*]')
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories: control, format (also marks that reverse the direction), surrogate, private, unassigned."""
_RESERVED: Final = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)
"""Names of devices on Windows, with any extension (Naming Files, Paths, and Namespaces)."""


@dataclass(frozen=True)
class NameTemplate:
    """A checked template: `pieces` are a text and the field that follows it ("" for none)."""

    pieces: tuple[tuple[str, str], ...]
    suffix: str = SUFFIX

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(field for _, field in self.pieces if field)

    def name_of(self, values: Values) -> str:
        """Return the name. Raises Problem: delivery.field_empty, delivery.name_too_long."""
        text = "".join(literal + (_value(field, values) if field else "") for literal, field in self.pieces)
        folders = [_folder_name(folder) for folder in _normalize(text.removesuffix(self.suffix)).split("/")]
        folders[-1] += self.suffix
        name = "/".join(folders)
        if len(name) > MAX_NAME_LENGTH or any(len(folder.encode()) > MAX_FOLDER_BYTES for folder in folders):
            raise Problem("delivery.name_too_long", limit=MAX_NAME_LENGTH)
        return name


def parse_template(text: str, id_number_allowed: bool) -> NameTemplate:
    """Return the template of the files in a delivery. Raises Problem with what is wrong: delivery.template_*."""
    if not text.lower().endswith(SUFFIX):
        raise Problem("delivery.template_suffix", example=EXAMPLE)
    return _parse(text[: -len(SUFFIX)], id_number_allowed, SUFFIX)


def parse_own_name(text: str, id_number_allowed: bool) -> NameTemplate:
    """Return the template of the student's own file: without folder and extension. Raises Problem."""
    if "/" in text:
        raise Problem("delivery.template_folder")
    return _parse(text, id_number_allowed, SUFFIX)


def duplicate_names(names: Iterable[str]) -> frozenset[str]:
    """Return the names that cannot be in one folder with another of them: equal ignoring case, or one of them is a
    folder of the other."""
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(name_key(name), []).append(name)
    folders = {parent for key in by_key for parent in _parents(key)}
    return frozenset(name for key, same in by_key.items() if len(same) > 1 or key in folders for name in same)


def name_key(name: str) -> str:
    """Return the same text for names that Windows or macOS takes for the same file."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _parse(text: str, id_number_allowed: bool, suffix: str) -> NameTemplate:
    if len(text) > MAX_TEMPLATE_LENGTH:
        raise Problem("delivery.template_long", limit=MAX_TEMPLATE_LENGTH)
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError as error:
        raise Problem("delivery.template_braces", example=_FIELD_EXAMPLE) from error
    pieces = tuple(_piece(literal, field, spec, conversion) for literal, field, spec, conversion in parsed)
    template = NameTemplate(pieces, suffix)
    if ID_NUMBER in template.fields and not id_number_allowed:
        raise Problem("delivery.template_id_number", example=_FIELD_EXAMPLE)
    if not template.fields:
        raise Problem("delivery.template_same_name", example=_FIELD_EXAMPLE)
    _check_folders("".join(literal + ("x" if field else "") for literal, field in pieces))
    return template


def _piece(literal: str, field: str | None, spec: str | None, conversion: str | None) -> tuple[str, str]:
    if _NOT_ON_WINDOWS.sub("", literal.replace("/", "")) != literal.replace("/", "") or _clean(literal) != literal:
        raise Problem("delivery.template_character")
    if field is None:
        return literal, ""
    if field not in NAMES or spec or conversion:  # no {xh.__class__}, {xh[0]}, {xh!r}, {xh:>9999999}, {}
        raise Problem("delivery.template_field", field=_clean(field)[:30] or "{}", known=", ".join(NAMES))
    return literal, field


def _check_folders(example: str) -> None:
    if any(folder.strip(" .") == "" for folder in example.split("/")):  # /absolute, a//b, a/../b, a/
        raise Problem("delivery.template_path")


def _value(field: str, values: Values) -> str:
    text = _NOT_ON_WINDOWS.sub("_", _clean(values.get(field, "")))
    if not text.strip(" ._"):
        raise Problem("delivery.field_empty", field=field)
    return text


def _clean(text: str) -> str:
    """Replace characters that are invisible or that file systems reject; other scripts and rare characters stay."""
    return "".join("_" if _is_invisible(one) else one for one in _normalize(text))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE and not is_ideograph_of_later_unicode(character)


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folder_name(text: str) -> str:
    name = text.strip(" .") or "_"
    stem, dot, rest = name.partition(".")
    return f"{stem}_{dot}{rest}" if _RESERVED.fullmatch(stem.strip()) else name


def _parents(key: str) -> Iterable[str]:
    parts = key.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
