"""Photo standards by name or file: the ones shipped in config/standards, and a school's own in a folder of its own.

A school's own file stands in its folder under its own name (`fjnu.toml` holds `name = "fjnu"`) and may say
`extends = "chsi"` and then only what differs. It cannot have the name of a shipped one: what a recipe, an envelope or a
campaign calls "chsi" must mean the same text everywhere.
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
    """The folder of own standards: the environment's ZHENGGUAN_STANDARDS, or else the `setting` standards_folder."""
    folder = os.environ.get(FOLDER_VARIABLE) or setting
    return Path(folder).expanduser() if folder else None


def load_standard(name_or_path: str, folder: Path | None = None) -> PhotoStandard:
    """The standard of that name, or the one in that file if it ends in ".toml".

    `folder` holds own standards; without it, own_folder(). Raises Problem where there is none or it is wrong.
    """
    if name_or_path.endswith(".toml"):
        return read_standard(Path(name_or_path))
    return load_standard_by_name(name_or_path, folder)


def load_standard_by_name(name: str, folder: Path | None = None) -> PhotoStandard:
    """The standard of that name and never a path: for names that came over the network or out of a database."""
    folder = custom_folder() if folder is None else folder
    if re.fullmatch(NAME_PATTERN, name):
        if folder is not None and (folder / f"{name}.toml").is_file():
            return read_standard(folder / f"{name}.toml")
        if name in shipped_standards():
            return read_standard(shipped_standards()[name])
    raise Problem("problem.standard.unknown", name=name, known=", ".join(standard_files(folder)))


def standard_files(folder: Path | None = None) -> dict[str, Path]:
    """The file of every standard by name, own ones first. Raises Problem where the folder of own ones is not there."""
    folder = custom_folder() if folder is None else folder
    if folder is None:
        return shipped_standards()
    if not folder.is_dir():
        raise Problem("problem.standard.no_folder", folder=str(folder))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} | shipped_standards()
