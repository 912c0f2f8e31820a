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
from config.standards.loader import SHIPPED, read_standard, shipped
from config.standards.schema import NAME, Colour, Operation, Output, PhotoStandard, Rule, Stage

__all__ = [
    "ENVIRONMENT",
    "STANDARDS",
    "Colour",
    "Operation",
    "Output",
    "PhotoStandard",
    "Rule",
    "Stage",
    "named_standard",
    "own_folder",
    "read_standard",
    "standard",
    "standard_files",
]

STANDARDS: Final = SHIPPED
ENVIRONMENT: Final = "ZHENGGUAN_STANDARDS"


def own_folder(setting: str = "") -> Path | None:
    """The folder of own standards: the environment's ZHENGGUAN_STANDARDS, or else the `setting` standards_folder."""
    folder = os.environ.get(ENVIRONMENT) or setting
    return Path(folder).expanduser() if folder else None


def standard(name_or_path: str, folder: Path | None = None) -> PhotoStandard:
    """The standard of that name, or the one in that file if it ends in ".toml".

    `folder` holds own standards; without it, own_folder(). Raises Problem where there is none or it is wrong.
    """
    if name_or_path.endswith(".toml"):
        return read_standard(Path(name_or_path))
    return named_standard(name_or_path, folder)


def named_standard(name: str, folder: Path | None = None) -> PhotoStandard:
    """The standard of that name and never a path: for names that came over the network or out of a database."""
    folder = own_folder() if folder is None else folder
    if re.fullmatch(NAME, name):
        if folder is not None and (folder / f"{name}.toml").is_file():
            return read_standard(folder / f"{name}.toml")
        if name in shipped():
            return read_standard(shipped()[name])
    raise Problem("problem.standard.unknown", name=name, known=", ".join(standard_files(folder)))


def standard_files(folder: Path | None = None) -> dict[str, Path]:
    """The file of every standard by name, own ones first. Raises Problem where the folder of own ones is not there."""
    folder = own_folder() if folder is None else folder
    if folder is None:
        return shipped()
    if not folder.is_dir():
        raise Problem("problem.standard.no_folder", folder=str(folder))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} | shipped()
