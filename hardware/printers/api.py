"""What every printer can do, and how it says that it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from config.errors import DeviceProblem


@dataclass(frozen=True)
class Page:
    """Something to print: `picture` as it shall lie on the paper, mode "1" or "L", and `name` for lists of jobs.

    A receipt is as wide as the printer's line of dots. A picture and not text, because the Chinese of most receipt
    printers is a code page that a setting in the printer must match.
    """

    name: str
    picture: Image.Image = field(repr=False)


class PrinterProblem(DeviceProblem):
    """A printer could not do what was asked. Keys: `printer.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("printer.")


# Every reason a printer can give; each has a sentence in the catalogues as printer.<reason>.
REASONS = (
    "absent",  # not there
    "lost",  # went away in the middle; what it printed is not known
    "offline",  # there, and says that it does not print: its cover is open, or somebody paused it
    "paper_out",
    "stuck",  # took part of the page, and then no more
    "not_allowed",  # this user may not open it
    "refused",  # a print queue that does not take the job
    "no_queue",  # CUPS knows no such queue, or does not run
    "spec",  # the setting names no printer that we know
)

BEFORE_PAPER = frozenset({"absent", "offline", "paper_out", "not_allowed", "refused", "no_queue", "spec"})
"""Reasons with which nothing has been printed, so that the page may be sent again without printing it twice."""


class Printer(Protocol):
    """A driver; called from one thread only, one page after the other. Holds no connection between two pages: a
    receipt printer that is switched off over lunch is there again without anybody telling."""

    def check(self) -> str:
        """How it is called. Raises PrinterProblem where it could not print now."""

    def print(self, page: Page) -> None:
        """Prints the page once, or not at all. Raises PrinterProblem; only with a reason of BEFORE_PAPER is it sure
        that nothing came out."""
