"""Checks finished files for `zhengguan photo check`: prints text or JSON, draws sheets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path, PurePath
from typing import Final

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard
from kiosk.capture.report.pdf import SheetWriter
from kiosk.capture.retouch.beauty_filter import Suspicion, assess_beauty_filter
from kiosk.capture.verification.check_file import CheckReport, check_portrait
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.tools.photo.check_output import CheckPrinter, as_json
from kiosk.tools.photo.shot_backdrop import shot_backdrop
from kiosk.tools.photo.shots import printable

_STATUS: Final = {Summary.RIGHT: 0, Summary.WRONG: 1, Summary.UNSURE: 1}
_STATUS_UNREADABLE: Final = 2


def check_files(files: Sequence[Path], photo_standard: PhotoStandard, arguments: argparse.Namespace) -> int:
    """Check `files` with the `arguments` of the command line, print the results and write the sheets; return the exit
    status of `run` of kiosk/tools/photo/check.py."""
    tr = translations(arguments.language)
    text = None if arguments.json else CheckPrinter(photo_standard, tr, sys.stdout, arguments.all)
    status = 0
    sheets = None
    if arguments.sheet:
        sheets = SheetWriter(arguments.sheet, len(files), photo_standard, arguments.language, arguments.date)
    for file, result, doubt in _results(files, photo_standard, not arguments.background, arguments.upload):
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


def _results(
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
