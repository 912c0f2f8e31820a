"""Tells a keyboard-wedge scanner, which types its code, from a person who types. No Qt, no clock of its own.

A scanner types like no person: every key within milliseconds of the last, and Enter or Tab at the end. A person's keys
are never taken. A scanner's are, from where it is certain that it is one: a space in a code must not press the button
that happens to have the focus, and neither must its Enter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from hardware.codes.scan import Scan

LONGEST: Final = 4096
"""Characters; a QR code of the largest version holds 4296, and one that dense no phone shows."""


@dataclass(frozen=True)
class Burst:
    """What counts as a scanner. `gap`: seconds between two keys, at most (measured: 50 ms keeps slow Bluetooth scanners
    and no typist over `shortest` keys). `certain`: from so many quick keys on, keys are taken."""

    gap: float = 0.05
    shortest: int = 6
    certain: int = 4


class Key(Enum):
    """What a key means; text comes as its characters."""

    END = auto()  # Enter, of either kind, or Tab


class WedgeScanner:
    """A CodeScanner (hardware.codes.scan). Feed it every key in order with the seconds when it was pressed; keys that
    give no character (Shift, a dead key) and keys that repeat because they are held down are not fed."""

    def __init__(self, on_scan: Callable[[Scan], None], burst: Burst | None = None) -> None:
        self._on_scan = on_scan
        self._burst = burst or Burst()
        self._text = ""
        self._last = float("-inf")
        self._ended = False
        self._running = False

    def start(self) -> None:
        self._running = True

    def stop(self) -> None:
        self._running = False
        self._text = ""

    def press(self, key: str | Key, at: float) -> bool:
        """Takes one key; True where it is a scanner's and must go no further."""
        if not self._running:
            return False
        quick = at - self._last <= self._burst.gap
        if not quick:
            self._give_up()
        self._last = at
        return self._end() if key is Key.END else self._add(str(key), quick)

    def silence(self) -> None:
        """Nothing was typed for a while: a scanner that is set to send no Enter has come to its end."""
        self._end()
        self._ended = False

    def _add(self, text: str, quick: bool) -> bool:
        self._ended = False
        certain = quick and len(self._text) >= self._burst.certain
        self._text = (self._text + half_width(text))[:LONGEST]
        return certain

    def _end(self) -> bool:
        text, self._text = self._text, ""
        if len(text) >= self._burst.shortest:
            self._ended = True
            self._on_scan(Scan(text, "keyboard"))
            return True
        # Many scanners send CR and LF: the second end belongs to the same code.
        return self._ended

    def _give_up(self) -> None:
        self._text, self._ended = "", False


def half_width(text: str) -> str:
    """Digits, letters and signs as they stand in the code, where an input method makes them as wide as a Chinese
    character (U+FF01 to U+FF5E, U+3000). Everything else stays.

    >>> half_width("２０２２Ｓ：采集码　")
    '2022S:采集码 '
    """
    return "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" or c == "\u3000" else c for c in text)
