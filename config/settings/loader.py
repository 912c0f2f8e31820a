"""Settings from TOML: a file of defaults, changed by a file of the school's own, checked as one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import Problem


class StrictModel(BaseModel):
    """A part of a settings file: nothing unknown in it, and nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid")


SettingsModel = TypeVar("SettingsModel", bound=BaseModel)


def read_settings(
    model: type[SettingsModel], defaults: Path, custom_file: Path | None, changes: Mapping[str, Any] | None = None
) -> SettingsModel:
    """`defaults`, changed by the file `own`, changed by `changes` (section = {key: value}).

    Raises Problem naming the file and the key that is wrong.
    """
    merged = _sections(defaults)
    for source in (_sections(custom_file) if custom_file else {}, changes or {}):
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
