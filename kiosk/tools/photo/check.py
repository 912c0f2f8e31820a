"""`zhengguan-photo check`: finished files held against a standard, told as text or JSON, drawn as sheets."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, load_standard
from kiosk.capture.report.book import SheetWriter
from kiosk.capture.retouch.beauty_filter import Suspicion, assess_beauty_filter
from kiosk.capture.verification.check_file import CheckReport, Summary, check_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.tools.photo.check_text import CheckText, as_json
from kiosk.tools.photo.shots import find_shots, printable

_STATUS: Final = {Summary.RIGHT: 0, Summary.WRONG: 1, Summary.UNSURE: 1}
_UNREADABLE: Final = 2


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
    """0 where every file passes every rule, 1 where one does not for sure, 2 where one could not be read.

    Raises Problem where nothing can be checked: no such standard, background or folder.
    """
    said = translations(arguments.language)
    by = load_standard(arguments.standard)
    if arguments.background:
        by = by.with_background(arguments.background)
    files = _files(arguments.files, arguments.recursive)
    text = None if arguments.json else CheckText(by, said, sys.stdout, arguments.all)
    status = 0
    with ExitStack() as open_until_the_end:
        book = None
        if arguments.sheet:
            book = SheetWriter(arguments.sheet, len(files), by, arguments.language, arguments.date)
            open_until_the_end.enter_context(book)
        for file, result, doubt in _checked(files, by, not arguments.background, arguments.upload):
            status = max(status, _UNREADABLE if isinstance(result, Problem) else _STATUS[result.summary])
            if text is None:
                print(as_json(str(file), result, by, said, doubt), flush=True)
            else:
                text.tell(printable(str(file)), result, doubt)
            if book is not None:
                book.add(printable(file.name), *_for_the_sheet(result, said))
        if book is not None:
            book.write()
    if text is not None:
        text.end(arguments.sheet)
    return status


def _files(given: Sequence[Path], recursive: bool) -> list[Path]:
    """The files, in place of each folder the pictures in it; a file that is not there is told of in its turn."""
    files: list[Path] = []
    for path in given:
        inside = (
            [shot.path for shot in find_shots([path], recursive, Path(os.devnull)).shots] if path.is_dir() else [path]
        )
        files += [file for file in inside if file not in files]
    if not files:
        raise Problem("check.no_files", folder=", ".join(printable(str(path)) for path in given))
    return files


def _checked(
    files: Sequence[Path], by: PhotoStandard, nearest: bool, upload: bool
) -> Iterator[tuple[Path, CheckReport | Problem, Suspicion | None]]:
    with closing(FaceFinder(still=True)) as finder:
        for file in files:
            try:
                checked = check_portrait(file, by, finder, nearest_background=nearest)
                yield file, checked, assess_beauty_filter(file.read_bytes(), finder) if upload else None
            except Problem as problem:
                yield file, problem, None


def _for_the_sheet(result: CheckReport | Problem, said: Translations) -> tuple[CheckReport | None, str]:
    return (None, result.in_language(said.language)) if isinstance(result, Problem) else (result, "")
