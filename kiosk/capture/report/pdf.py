"""The sheets of many files in one PDF, the overview first."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from config.errors import Problem
from config.standards.registry import PhotoStandard
from kiosk.capture.report.bitmap import render_bitmap
from kiosk.capture.report.fonts import typeface_for
from kiosk.capture.report.overview import OverviewEntry, draw_overview, page_count
from kiosk.capture.report.page import DPI, Page
from kiosk.capture.report.pdf_pages import PdfDocument
from kiosk.capture.report.sheet import draw_pages, stack_pages
from kiosk.capture.verification.check_file import CheckReport

_SUFFIXES = (".pdf", ".png")


class SheetWriter:
    """Writes the sheets of files: `add` each file in turn, then `write`.

    The constructor raises Problem if `path` is of no known kind (sheet.kind_unknown), if it is a picture for more than
    one sheet (sheet.many), or if its folder is missing (sheet.not_written).
    """

    def __init__(self, path: Path, count: int, standard: PhotoStandard, language: str, drawn_on: date | None) -> None:
        if path.suffix.lower() not in _SUFFIXES:
            raise Problem("sheet.kind_unknown", name=path.name)
        if count > 1 and path.suffix.lower() == ".png":
            raise Problem("sheet.many", name=path.name, count=count)
        if not os.path.isdir(path.parent):
            raise Problem("sheet.not_written", name=str(path), why=os.strerror(2))
        self._path = path
        self._is_png = path.suffix.lower() == ".png"
        self._count = count
        self._standard = standard
        self._language = language
        self._drawn_on = drawn_on
        self._entries: list[OverviewEntry] = []
        self._bitmaps: list[Image.Image] = []
        self._page_count = 0

    def add(self, name: str, report: CheckReport | None, problem: str = "") -> None:
        """Add a checked file, or the message that states why it could not be checked."""
        if report is None:
            self._entries.append(OverviewEntry(name, None, problem))
            return
        self._entries.append(OverviewEntry(name, _with_thumbnail(report), page=self._next_page_number()))
        for page in draw_pages(report, self._standard, self._language, self._drawn_on):
            self._page_count += 1
            if self._is_png:
                self._bitmaps.append(render_bitmap(page))
            else:
                self._document.add(page)

    def write(self) -> None:
        """Write the file, completely or not at all. Raises Problem (sheet.not_written)."""
        unfinished = self._path.with_name(f".{self._path.name}.part")
        overview: Sequence[Page] = ()
        if self._count > 1 or not self._page_count:
            overview = draw_overview(self._entries, self._standard, self._language, self._drawn_on)
        try:
            if self._is_png:
                pages = [*map(render_bitmap, overview), *self._bitmaps]
                stack_pages(pages).save(unfinished, "PNG", dpi=(DPI, DPI))
            else:
                unfinished.write_bytes(self._with_overview(overview))
            os.replace(unfinished, self._path)
        except OSError as error:
            with contextlib.suppress(OSError):  # where nothing can be written there is nothing to delete
                unfinished.unlink(missing_ok=True)
            raise Problem("sheet.not_written", name=str(self._path), why=error.strerror or str(error)) from error

    @cached_property
    def _document(self) -> PdfDocument:
        leading = page_count(self._count) if self._count > 1 else 0
        return PdfDocument(typeface_for(self._language), self._path.stem, self._language, self._drawn_on, leading)

    def _with_overview(self, overview: Sequence[Page]) -> bytes:
        for number, page in enumerate(overview):
            if self._count > 1:
                self._document.draw_leading(number, page)
            else:
                self._document.add(page)
        return self._document.to_bytes()

    def _next_page_number(self) -> int:
        before = page_count(self._count) if self._count > 1 else 0
        return before + self._page_count + 1


def _with_thumbnail(report: CheckReport) -> CheckReport:
    """Return the report with a small copy of its pixels: hundreds of them stay in memory until the overview is
    drawn."""
    picture = Image.fromarray(report.pixels)
    picture.thumbnail((160, 160), Image.Resampling.LANCZOS)
    return replace(report, pixels=np.asarray(picture, np.uint8))
