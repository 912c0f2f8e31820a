"""Receipt printers that speak ESC/POS: python-escpos writes the page, a line of escpos_lines brings it there."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import usb.core
from escpos.capabilities import Profile
from escpos.printer import Dummy

from hardware.printers.api import Page, PrinterProblem
from hardware.printers.escpos_transport import Line, Link

_ANSWER: Final = 2.0  # seconds for a status byte
_SEND: Final = 10.0  # seconds without a byte taken: a receipt is 50 kB and prints in two seconds
_CHUNK: Final = 480  # rows of dots in one piece; cheap printers have room for no more
# Real-time status, DLE EOT n (Epson ESC/POS reference): n=1 printer, 2 why offline, 4 paper.
_ONLINE, _CAUSE, _PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
_IS_STATUS: Final = (0b10010011, 0b00010010)  # bits 7, 4, 1, 0 of every status byte are 0, 1, 1, 0
_OFFLINE: Final = 0b00001000
_COVER: Final = 0b00000100
_PAPER_END_STOPPED: Final = 0b00100000
_PAPER_END: Final = 0b01100000
_INITIALIZE: Final = b"\x1b@"
_OLD_ANSWERS: Final = 64  # reads; whoever chatters on is not waited for
_IN_USE: Final = (errno.EBUSY, errno.EAGAIN)


class EscposPrinter:
    """A Printer (hardware.printers.api). `dots` is the width of its line: 576 at 80 mm paper, 384 at 58 mm."""

    def __init__(self, link: Link, dots: int = 576) -> None:
        self._link = link
        self._dots = dots

    def check(self) -> str:
        with self._opened() as line:
            self._look(line)
        return self._link.name

    def print(self, page: Page) -> None:
        """As Printer. A printer that took a part of the page and then no more is `stuck`; the rest is not sent, and
        whatever it still holds it drops when it is switched off."""
        data = self._written(page)
        with self._opened() as line:
            answers = self._look(line)
            with self._failing_as("stuck", "lost"):
                line.send(data, _SEND)
                line.settle(_SEND)
            if answers:
                self._look_after(line)

    def _written(self, page: Page) -> bytes:
        picture = page.picture.convert("1")
        if picture.width > self._dots:
            raise ValueError(f"A page {picture.width} dots wide on a line of {self._dots}.")
        writer = Dummy(profile=_profile(self._dots))
        writer._raw(_INITIALIZE)
        writer.image(picture, impl="bitImageRaster", fragment_height=_CHUNK)
        writer.cut()
        return bytes(writer.output)

    def _look(self, line: Line) -> bool:
        """What the printer says of itself before anything is sent, and whether it answers at all: one that says
        nothing is believed to be well, and not asked again, or a late answer would be taken for the next one."""
        said = []
        for question in (_ONLINE, _PAPER, _CAUSE):
            with self._failing_as("offline", "absent"):
                answer = self._ask(line, question)
            if answer is None:
                break
            said.append(answer)
        online, paper, cause = [*said, 0, 0, 0][:3]
        if paper & _PAPER_END or cause & _PAPER_END_STOPPED:
            raise PrinterProblem("printer.paper_out", printer=self._link.name)
        if online & _OFFLINE or cause & _COVER:
            raise PrinterProblem("printer.offline", printer=self._link.name)
        return len(said) == 3

    def _look_after(self, line: Line) -> None:
        """Paper that ran out in the middle leaves half a receipt."""
        with self._failing_as("stuck", "lost"):
            online = self._ask(line, _ONLINE)
        if online is not None and online & _OFFLINE:
            raise PrinterProblem("printer.stuck", printer=self._link.name)

    def _ask(self, line: Line, question: bytes) -> int | None:
        """The status byte that answers `question`; None where none comes. Bytes that are no status are passed over:
        noise, flow control, and the status that some printers send unasked."""
        for _ in range(_OLD_ANSWERS):
            if not line.hear(0):
                break
        line.send(question, _ANSWER)
        until = time.monotonic() + _ANSWER
        while (left := until - time.monotonic()) > 0:
            heard = line.hear(left)
            if not heard:
                return None
            for byte in heard:
                if byte & _IS_STATUS[0] == _IS_STATUS[1]:
                    return byte
        return None

    @contextmanager
    def _opened(self) -> Iterator[Line]:
        line = self._try_to_open()
        try:
            yield line
        except BaseException:
            with self._failing_as("lost", "lost"):
                line.close(drop=True)
            raise
        line.close(drop=False)  # all has been taken: what fails now does not undo the receipt

    def _try_to_open(self) -> Line:
        try:
            return self._link.open()
        except (OSError, ValueError, usb.core.NoBackendError) as error:  # ValueError: a name that no host can have
            number = getattr(error, "errno", None)
            reason = "not_allowed" if number in (errno.EACCES, errno.EPERM) else "absent"
            reason = "offline" if number in _IN_USE else reason
            raise PrinterProblem(f"printer.{reason}", printer=self._link.name) from error

    @contextmanager
    def _failing_as(self, late: str, gone: str) -> Iterator[None]:
        """Says what a failing line means here: `late` where it only takes too long, `gone` where it is broken."""
        try:
            yield
        except TimeoutError as error:
            raise PrinterProblem(f"printer.{late}", printer=self._link.name) from error
        except OSError as error:  # usb.core.USBError is one
            raise PrinterProblem(f"printer.{gone}", printer=self._link.name) from error


def _profile(dots: int) -> Profile:
    """The library's default printer with a line of `dots`: without a width it prints a complaint for every picture."""
    profile = Profile(features=Profile.profile_data["features"])
    profile.profile_data = {**profile.profile_data, "media": {"width": {"pixels": dots}}}
    return profile
