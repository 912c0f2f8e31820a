"""`zhengguan photo check`: check finished files against a standard; print text or JSON, draw sheets."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path, PurePath
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, load_standard
from kiosk.capture.report.pdf import SheetWriter
from kiosk.capture.retouch.beauty_filter import Suspicion, assess_beauty_filter
from kiosk.capture.verification.check_file import CheckReport, check_portrait
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.tools.photo.check_output import CheckPrinter, as_json
from kiosk.tools.photo.shot_backdrop import shot_backdrop
from kiosk.tools.photo.shots import find_shots, printable

_STATUS: Final = {Summary.RIGHT: 0, Summary.WRONG: 1, Summary.UNSURE: 1}
_STATUS_UNREADABLE: Final = 2


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
    tr = translations(arguments.language)
    photo_standard = load_standard(arguments.standard)
    if arguments.background:
        photo_standard = photo_standard.with_background(arguments.background)
    files = _find_files(arguments.files, arguments.recursive)
    text = None if arguments.json else CheckPrinter(photo_standard, tr, sys.stdout, arguments.all)
    status = 0
    sheets = None
    if arguments.sheet:
        sheets = SheetWriter(arguments.sheet, len(files), photo_standard, arguments.language, arguments.date)
    for file, result, doubt in _check_files(files, photo_standard, not arguments.background, arguments.upload):
        status = max(status, _STATUS_UNREADABLE if isinstance(result, Problem) else _STATUS[result.summary])
        if text is None:
            print(as_json(str(file), result, photo_standard, tr, doubt), flush=True)
        else:
            text.print_file(printable(str(file)), result, doubt)
        if sheets is not None:
            sheets.add(printable(file.name), *_sheet_entry(result, tr))
    if sheets is not None:
        sheets.write()
    if text is not None:
        text.print_summary(arguments.sheet)
    return status


def _find_files(paths: Sequence[Path], recursive: bool) -> list[Path]:
    """Return the files, with each folder replaced by its pictures. A missing file stays: its check reports it."""
    files: list[Path] = []
    for path in paths:
        pictures = (
            [shot.path for shot in find_shots([path], recursive, Path(os.devnull)).shots] if path.is_dir() else [path]
        )
        files += [file for file in pictures if file not in files]
    if not files:
        raise Problem("check.no_files", folder=", ".join(printable(str(path)) for path in paths))
    return files


def _check_files(
    files: Sequence[Path], photo_standard: PhotoStandard, nearest: bool, upload: bool
) -> Iterator[tuple[Path, CheckReport | Problem, Suspicion | None]]:
    with closing(FaceFinder(still=True)) as finder:
        for file in files:
            try:
                report = check_portrait(
                    file,
                    photo_standard,
                    finder,
                    nearest_background=nearest,
                    backdrop=shot_backdrop(file.parent, PurePath(file.name)),
                )
                yield file, report, assess_beauty_filter(file.read_bytes(), finder) if upload else None
            except Problem as problem:
                yield file, problem, None


def _sheet_entry(result: CheckReport | Problem, tr: Translations) -> tuple[CheckReport | None, str]:
    return (None, result.in_language(tr.language)) if isinstance(result, Problem) else (result, "")
