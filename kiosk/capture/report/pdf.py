"""The sheets of many files in one PDF, the overview first; memory stays that of one page."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from config.errors import Problem
from config.image_file import open_image
from config.standards.registry import PhotoStandard
from kiosk.capture.report.overview import OverviewEntry, draw_overview, page_count
from kiosk.capture.report.page import DPI
from kiosk.capture.report.sheet import draw_pages, stack_pages
from kiosk.capture.verification.check_file import CheckReport

_SUFFIXES = (".pdf", ".png")


class SheetWriter:
    """To be used as a context; `add` for each file in turn, then `write`.

    Raises Problem at once where `path` is of no known kind (sheet.kind_unknown), is to hold `count` sheets as one
    picture (sheet.many), or where its folder is not there (sheet.not_written).
    """

    def __init__(self, path: Path, count: int, standard: PhotoStandard, language: str, drawn_on: date | None) -> None:
        if path.suffix.lower() not in _SUFFIXES:
            raise Problem("sheet.kind_unknown", name=path.name)
        if count > 1 and path.suffix.lower() == ".png":
            raise Problem("sheet.many", name=path.name, count=count)
        if not path.parent.is_dir():
            raise Problem("sheet.not_written", name=str(path), why=os.strerror(2))
        self._path = path
        self._count = count
        self._standard = standard
        self._language = language
        self._drawn_on = drawn_on
        self._entries: list[OverviewEntry] = []
        self._pages: list[Path] = []

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="zhengguan-sheet-")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def add(self, name: str, report: CheckReport | None, problem: str = "") -> None:
        """A checked file, or the sentence of why it could not be checked."""
        if report is None:
            self._entries.append(OverviewEntry(name, None, problem))
            return
        self._entries.append(OverviewEntry(name, _with_thumbnail(report), page=self._next_page_number()))
        for page in draw_pages(report, self._standard, self._language, self._drawn_on):
            file = Path(self._folder.name) / f"{len(self._pages):06}.png"
            page.save(file, compress_level=1)
            self._pages.append(file)

    def write(self) -> None:
        """Writes the file; it is whole or not there at all. Raises Problem (sheet.not_written)."""
        unfinished = self._path.with_name(f".{self._path.name}.part")
        try:
            overview: Sequence[Image.Image] = ()
            if self._count > 1 or not self._pages:
                overview = draw_overview(self._entries, self._standard, self._language, self._drawn_on)
            if self._path.suffix.lower() == ".png":
                self._write_png(unfinished, overview)
            else:
                self._write_pdf(unfinished, overview)
            os.replace(unfinished, self._path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise Problem("sheet.not_written", name=str(self._path), why=error.strerror or str(error)) from error

    def _next_page_number(self) -> int:
        before = page_count(self._count) if self._count > 1 else 0
        return before + len(self._pages) + 1

    def _write_png(self, path: Path, overview: Sequence[Image.Image]) -> None:
        pages = [*overview, *(open_image(file, ("PNG",)) for file in self._pages)]
        stack_pages(pages).save(path, "PNG", dpi=(DPI, DPI))

    def _write_pdf(self, path: Path, overview: Sequence[Image.Image]) -> None:
        path.unlink(missing_ok=True)
        # Without a date of drawing there is none in the file either: the same files give the same bytes.
        drawn = (
            None if self._drawn_on is None else time.struct_time((*self._drawn_on.timetuple()[:3], 0, 0, 0, 0, 1, 0))
        )
        metadata = {"title": self._path.stem, "creationDate": drawn, "modDate": drawn}
        pages: Iterator[Image.Image] = chain(overview, (open_image(file, ("PNG",)) for file in self._pages))
        for number, page in enumerate(pages):
            page.save(path, "PDF", resolution=DPI, quality=92, append=number > 0, **metadata)


def _with_thumbnail(report: CheckReport) -> CheckReport:
    """The same with a small copy of its pixels: hundreds of them are held until the overview is drawn."""
    picture = Image.fromarray(report.pixels)
    picture.thumbnail((160, 160), Image.Resampling.LANCZOS)
    return replace(report, pixels=np.asarray(picture, np.uint8))
