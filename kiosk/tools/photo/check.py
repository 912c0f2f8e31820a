"""`zhengguan photo check`: check finished files against a standard."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from config.errors import Problem
from config.standards.registry import load_standard
from kiosk.tools.photo.shots import find_shots, printable, reject_input_as_output


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("check", help="check.help", description="check.description")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE|FOLDER", help="check.help.files")
    parser.add_argument("--standard", default="chsi", metavar="NAME|FILE", help="check.help.standard")
    parser.add_argument("--background", metavar="NAME", help="check.help.background")
    parser.add_argument("--recursive", action="store_true", help="check.help.recursive")
    parser.add_argument("--all", action="store_true", help="check.help.all")
    parser.add_argument("--upload", action="store_true", help="check.help.upload")
    parser.add_argument("--json", action="store_true", help="check.help.json")
    parser.add_argument("--sheet", type=Path, metavar="OUT", help="check.help.sheet")
    parser.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="check.help.date")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if every file passes every rule, 1 if one certainly does not, 2 if one could not be read.

    Raises Problem if nothing can be checked: no such standard, background or folder.
    """
    photo_standard = load_standard(arguments.standard)
    if arguments.background:
        photo_standard = photo_standard.with_background(arguments.background)
    files = _find_files(arguments.files, arguments.recursive)
    if arguments.sheet:
        reject_input_as_output(arguments.sheet, files)
    from kiosk.tools.photo.check_files import check_files  # imports the engine, which no help or wrong path needs

    return check_files(files, photo_standard, arguments)


def _find_files(paths: Sequence[Path], recursive: bool) -> list[Path]:
    """Return the files, with each folder replaced by its pictures. A missing file stays: its check reports it."""
    files: list[Path] = []
    for path in paths:
        pictures = [path]
        if os.path.isdir(path):  # Path.is_dir raises PermissionError below a folder that may not be entered
            pictures = [shot.path for shot in find_shots([path], recursive, Path(os.devnull)).shots]
        files += [file for file in pictures if file not in files]
    if not files:
        raise Problem("check.no_files", folder=", ".join(printable(str(path)) for path in paths))
    return files
