"""The API of printers, and the reasons of their failures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from config.errors import DeviceProblem


@dataclass(frozen=True)
class Page:
    """A page: `picture` as it is printed, mode "1" or "L", and `name` for job lists.

    A receipt is as wide as the printer's line of dots. It is a picture and not text, because the Chinese of most
    receipt printers depends on a code page that a setting in the printer must match.
    """

    name: str
    picture: Image.Image = field(repr=False)


@dataclass(frozen=True)
class Document:
    """A PDF of `sheets` pages for a printer with sheets of paper, `paper` in mm; `name` is for job lists."""

    name: str
    pdf: bytes = field(repr=False)
    sheets: int
    paper: tuple[float, float]


class PrinterProblem(DeviceProblem):
    """A printer failed. Keys: `printer.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("printer.")


# Every reason that a printer can report; each has a message in the catalogues as printer.<reason>.
REASONS = (
    "absent",  # not found
    "lost",  # disconnected while printing; it is unknown how much was printed
    "offline",  # connected, but reports that it does not print: its cover is open, or somebody paused it
    "paper_out",
    "stuck",  # accepted part of the page, and then no more
    "not_allowed",  # this user may not open it
    "refused",  # a print queue that rejects the job
    "no_queue",  # CUPS has no such queue, or is not running
    "spec",  # the setting names no known printer
)

BEFORE_PAPER = frozenset({"absent", "offline", "paper_out", "not_allowed", "refused", "no_queue", "spec"})
"""Reasons after which nothing has been printed, so that the page may be sent again without printing it twice."""


class Printer(Protocol):
    """A driver; called from one thread only, one page after the other. It holds no connection between two pages, so a
    receipt printer that was switched off meanwhile works again without further action."""

    def check(self) -> str:
        """Return the printer's name. Raises PrinterProblem if it could not print now."""

    def print(self, page: Page) -> None:
        """Print the page once, or not at all. Raises PrinterProblem; only with a reason in BEFORE_PAPER is it certain
        that nothing was printed."""
