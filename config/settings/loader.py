"""Settings from TOML: a file of defaults, overridden by a school's file, validated together."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import Problem
from config.renamed_keys import SETTINGS_FILES, STATION_VALUES, first_renamed_key, first_renamed_value


class StrictModel(BaseModel):
    """A section of a settings file: it rejects unknown keys and is immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    for source in (custom, changes or {}):
        for section, keys in source.items():
            merged[section] = {**merged.get(section, {}), **keys} if isinstance(keys, dict) else keys
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Problem(
            "problem.settings.wrong", file=(custom_file or defaults).name, key=key, why=first["msg"]
        ) from error


def _sections(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=str(error)) from error


def _reject_old_names(path: Path, tables: Mapping[str, Any], kind: str) -> None:
    found = first_renamed_key(tables, SETTINGS_FILES.get(kind, {}))
    if found is None and kind == "station":
        found = first_renamed_value(tables, STATION_VALUES)
    if found:
        old, new = found
        raise Problem("problem.settings.renamed", file=path.name, old=old, new=new)
