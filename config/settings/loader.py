"""Settings from TOML: a file of defaults, changed by a file of the school's own, checked as one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import Problem


class Strict(BaseModel):
    """A part of a settings file: nothing unknown in it, and nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Kind = TypeVar("Kind", bound=BaseModel)


def read_settings(kind: type[Kind], defaults: Path, own: Path | None, changes: Mapping[str, Any] | None = None) -> Kind:
    """`defaults`, changed by the file `own`, changed by `changes` (section = {key: value}).

    Raises Problem naming the file and the key that is wrong.
    """
    merged = _sections(defaults)
    for source in (_sections(own) if own else {}, changes or {}):
        for section, keys in source.items():
            merged[section] = {**merged.get(section, {}), **keys} if isinstance(keys, dict) else keys
    try:
        return kind.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Problem("problem.settings.wrong", file=(own or defaults).name, key=key, why=first["msg"]) from error


def _sections(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=str(error)) from error
