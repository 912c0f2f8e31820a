"""Settings from TOML: a file of defaults, overridden by a school's file, validated together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import Problem
from config.renamed_keys import SETTINGS_FILES, STATION_VALUES, first_renamed_key, first_renamed_value
from config.settings.reasons import invalid_value_reason, not_utf8_reason, syntax_reason


class StrictModel(BaseModel):
    """A section of a settings file: it rejects unknown keys and infinite numbers, which no timer accepts, and is
    immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SettingsModel = TypeVar("SettingsModel", bound=BaseModel)


def read_settings(
    model: type[SettingsModel], defaults: Path, custom_file: Path | None, changes: Mapping[str, Any] | None = None
) -> SettingsModel:
    """Read `defaults`, overridden by the file `custom_file`, then by `changes` (section = {key: value}).

    Raises Problem with the file and the invalid key; for a key of the first release, also today's key.
    """
    merged = _sections(defaults)
    custom = _sections(custom_file) if custom_file else {}
    if custom_file:
        _reject_old_names(custom_file, custom, defaults.stem)
    for section, keys in custom.items():
        merged[section] = _override(merged.get(section, {}), keys)
    for section, keys in (changes or {}).items():
        present = merged.get(section, {})
        if isinstance(keys, dict) and not isinstance(present, dict):
            continue  # a value in the place of a section stays, to be reported
        merged[section] = _override(present, keys)
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        why = invalid_value_reason(first)
        raise Problem("problem.settings.wrong", file=(custom_file or defaults).name, key=key, why=why) from error


def _override(present: object, keys: object) -> object:
    """Return a section with the values of another source; a value outside any section is replaced."""
    return {**present, **keys} if isinstance(present, dict) and isinstance(keys, dict) else keys


def _sections(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise Problem("problem.settings.no_file", file=str(path)) from error
    except OSError as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=error.strerror or str(error)) from error
    try:
        # Windows' Notepad begins UTF-8 files with a byte order mark, which TOML does not allow.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=not_utf8_reason(data, error)) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number of thousands of digits
        raise Problem("problem.settings.unreadable", file=str(path), why=syntax_reason(text, error)) from error


def _reject_old_names(path: Path, tables: Mapping[str, Any], kind: str) -> None:
    found = first_renamed_key(tables, SETTINGS_FILES.get(kind, {}))
    if found is None and kind == "station":
        found = first_renamed_value(tables, STATION_VALUES)
    if found:
        old, new = found
        raise Problem("problem.settings.renamed", file=path.name, old=old, new=new)
