"""Photo standards by name or file: those shipped in config/standards, and those of schools in a separate folder.

The file of a school's standard has the standard's name (`fjnu.toml` contains `name = "fjnu"`) and may contain `extends
= "chsi"` and only the differences. It cannot have the name of a shipped one: "chsi" in a recipe, an envelope or a
campaign must mean the same content everywhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from config.errors import Problem
from config.standards.loader import SHIPPED, read_standard, shipped_standards
from config.standards.output import Colour, Output
from config.standards.rule import Rule, Stage
from config.standards.schema import NAME_PATTERN, Operation, PhotoStandard

__all__ = [
    "FOLDER_VARIABLE",
    "STANDARDS_FOLDER",
    "Colour",
    "Operation",
    "Output",
    "PhotoStandard",
    "Rule",
    "Stage",
    "custom_folder",
    "load_standard",
    "load_standard_by_name",
    "read_standard",
    "standard_files",
]

STANDARDS_FOLDER: Final = SHIPPED
FOLDER_VARIABLE: Final = "ZHENGGUAN_STANDARDS"


def custom_folder(setting: str = "") -> Path | None:
    """Return the folder of schools' standards: ZHENGGUAN_STANDARDS of the environment, else `setting`; None if
    neither."""
    folder = os.environ.get(FOLDER_VARIABLE) or setting
    return Path(folder).expanduser() if folder else None


def load_standard(name_or_path: str, folder: Path | None = None) -> PhotoStandard:
    """Return the standard of that name, or of that file if it ends in ".toml".

    `folder` contains schools' standards (default: custom_folder()). Raises Problem if the standard is missing or
    invalid.
    """
    if name_or_path.endswith(".toml"):
        return read_standard(Path(name_or_path))
    return load_standard_by_name(name_or_path, folder)


def load_standard_by_name(name: str, folder: Path | None = None) -> PhotoStandard:
    """Return the standard of that name; a path is not accepted. For names from the network or a database."""
    folder = custom_folder() if folder is None else folder
    if re.fullmatch(NAME_PATTERN, name):
        if folder is not None and (folder / f"{name}.toml").is_file():
            return read_standard(folder / f"{name}.toml")
        if name in shipped_standards():
            return read_standard(shipped_standards()[name])
    raise Problem("problem.standard.unknown", name=name, known=", ".join(standard_files(folder)))


def standard_files(folder: Path | None = None) -> dict[str, Path]:
    """Return the file of every standard by name, schools' ones first. Raises Problem if their folder is missing."""
    folder = custom_folder() if folder is None else folder
    if folder is None:
        return shipped_standards()
    if not folder.is_dir():
        raise Problem("problem.standard.no_folder", folder=str(folder))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} | shipped_standards()
