"""Distinguish a keyboard-wedge scanner, which types its code, from a person who types. Without Qt and without a clock.

A scanner types faster than a person: every key within milliseconds of the last, and Enter or Tab at the end. A person's
keys are never consumed. A scanner's keys are consumed as soon as they are certainly a scanner's: a space or Enter in a
code must not press the button that has the focus.

A part of a code can be another student's complete number. So a code is reported only if it is certainly complete: it
ends with Enter or Tab, without a pause, nothing was typed in the seconds before, and no key was lost. Any other input
that looks like a scanner is discarded and reported to `on_incomplete`. A scanner has to be set to send Enter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from hardware.barcodes.api import Scan

MAX_LENGTH: Final = 4096
"""Characters. A QR code of the largest version has 4296; phones never show one that dense."""


@dataclass(frozen=True)
class WedgeTiming:
    """The limits that identify a scanner. `max_gap_s`: maximum seconds between two keys (measured: 50 ms accepts slow
    Bluetooth scanners and excludes every typist over `min_length` keys). `certain_after`: keys are consumed after
    this number of quick keys. `forget_after_s`: keys without an end are discarded after this many seconds without
    another key; until then they may be the beginning of a code."""

    max_gap_s: float = 0.05
    min_length: int = 6
    certain_after: int = 4
    forget_after_s: float = 10.0


class Key(Enum):
    """A key that is not text. A key that types text is passed as its characters."""

    END = auto()  # Enter, of either kind, or Tab
    LOST = auto()  # a key whose character did not arrive: a dead key, a command, an Alt code


@dataclass
class _KeySequence:
    """The keys since the last end. `incomplete`: there was a pause, or a key is missing. `quick_keys`: the number of
    quick keys since the last pause; `max_quick_keys`: its maximum."""

    text: str = ""
    incomplete: bool = False
    quick_keys: int = 0
    max_quick_keys: int = 0


class WedgeScanner:
    """A CodeScanner (hardware.barcodes.api). Feed it every key in order with the time when it was pressed; modifier
    keys alone (Shift, Control) are not passed to it."""

    def __init__(
        self,
        on_scan: Callable[[Scan], None],
        timing: WedgeTiming | None = None,
        on_incomplete: Callable[[bool], None] = lambda ended: None,
    ) -> None:
        """`on_incomplete` receives whether the code that was rejected had an end."""
        self._on_scan = on_scan
        self._on_incomplete = on_incomplete
        self._timing = timing or WedgeTiming()
        self._keys = _KeySequence()
        self._last_key_at = float("-inf")
        self._ended = False  # the last key ended a scan
        self._running = False

    def start(self) -> None:
        self._running = True

    def stop(self) -> None:
        self._running = False
        self._keys = _KeySequence()

    def press(self, key: str | Key, at: float) -> bool:
        """Process one key; return True if it belongs to a scanner and must not be passed on."""
        quick = at - self._last_key_at <= self._timing.max_gap_s
        if at - self._last_key_at > self._timing.forget_after_s:
            self._keys, self._ended = _KeySequence(), False
        self._last_key_at = at
        if not self._running:
            self._keys.incomplete = True  # the next code may have begun before `start`
            return False
        return self._end(quick) if key is Key.END else self._add(key, quick)

    def on_silence(self) -> None:
        """Handle a pause in typing. A code without an end may be the first part of a longer one."""
        if self._is_scanner() and not self._keys.incomplete:
            self._keys.incomplete = True
            self._on_incomplete(False)
        self._ended = False

    def _add(self, key: str | Key, quick: bool) -> bool:
        keys = self._keys
        follows = quick and (bool(keys.text) or self._ended)
        if self._ended and quick:  # a line break in the middle of a code
            keys.incomplete = True
        if keys.text and not quick:
            keys.incomplete = True
        self._ended = False
        keys.quick_keys = keys.quick_keys + 1 if follows else 1
        keys.max_quick_keys = max(keys.max_quick_keys, keys.quick_keys)
        if isinstance(key, Key):
            keys.incomplete = True
            return False
        certain = quick and keys.quick_keys > self._timing.certain_after
        keys.text += to_half_width(key)
        if len(keys.text) > MAX_LENGTH:
            keys.text, keys.incomplete = keys.text[:MAX_LENGTH], True
        return certain

    def _end(self, quick: bool) -> bool:
        keys, ended = self._keys, self._ended and quick
        is_scanner, is_complete = self._is_scanner(), quick and not keys.incomplete
        self._keys, self._ended = _KeySequence(), ended
        if not is_scanner:
            # Many scanners send CR and LF: the second end belongs to the same code.
            return ended and not keys.text
        self._ended = True
        if is_complete:
            self._on_scan(Scan(keys.text, "keyboard"))
        else:
            self._on_incomplete(True)
        return quick

    def _is_scanner(self) -> bool:
        return self._keys.max_quick_keys >= self._timing.min_length or (
            self._keys.incomplete and self._keys.max_quick_keys >= self._timing.certain_after
        )


def to_half_width(text: str) -> str:
    """Convert full-width digits, letters and signs of an input method (U+FF01 to U+FF5E, U+3000) to half width. All
    other characters stay.

    >>> to_half_width("２０２２Ｓ：采集码　")
    '2022S:采集码 '
    """
    return "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" or c == "\u3000" else c for c in text)
