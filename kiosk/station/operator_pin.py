"""The operator's PIN of this station: set when the station is paired, stored as a slow hash in the data folder."""

from __future__ import annotations

import getpass
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

from config.atomic_file import write_atomic
from config.errors import Problem
from config.settings.station import StationSettings
from kiosk.ui.operator.pin import hash_pin

DEMO_PIN: Final = "2468"
SIMULATED_DRIVER: Final = "studio"
"""The camera driver of the simulated studio. DEMO_PIN opens the operator page only with this driver."""
MIN_LENGTH: Final = 6
MAX_LENGTH: Final = 12
_COMMON_PREFIXES: Final = (
    "147258",
    "258369",
    "159357",
    "357159",
    "789456",
    "456789",
    "520131",
    "131452",
    "112358",
    "314159",
)
"""Prefixes of PINs that people choose often, in addition to digits that follow a rule."""


def check_pin(pin: str) -> None:
    """Check a new PIN. Raises Problem (pin.not_digits, pin.too_short, pin.too_long, pin.too_simple).

    >>> check_pin("730416")
    """
    if not (pin.isascii() and pin.isdigit()):
        raise Problem("pin.not_digits")
    if len(pin) < MIN_LENGTH:
        raise Problem("pin.too_short", least=MIN_LENGTH)
    if len(pin) > MAX_LENGTH:
        raise Problem("pin.too_long", most=MAX_LENGTH)
    if _is_simple(pin):
        raise Problem("pin.too_simple")


def set_pin(path: Path, pin: str) -> None:
    """Store the PIN. Raises Problem if it is too weak or cannot be written."""
    check_pin(pin)
    try:
        write_atomic(path, hash_pin(pin).encode("ascii"))
    except OSError as error:
        raise Problem("station.folder", folder=str(path.parent), why=error.strerror or str(error)) from error


def pin_hash(settings: StationSettings, path: Path) -> str:
    """Return the hash that opens the operator page, or "" if no PIN is set; then no PIN opens it."""
    if settings.operator.pin_hash:
        return settings.operator.pin_hash
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return hash_pin(DEMO_PIN) if is_simulated(settings) else ""


def is_simulated(settings: StationSettings) -> bool:
    return settings.camera.driver.strip() == SIMULATED_DRIVER


def is_pin_set(settings: StationSettings, path: Path) -> bool:
    return bool(settings.operator.pin_hash) or path.exists()


def prompt_pin() -> str:
    """Read the PIN twice, hidden, from a terminal, else once from the standard input; return "" if that is empty."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    pin = getpass.getpass("PIN / 工作人员 PIN: ")
    check_pin(pin)
    if getpass.getpass("Again / 再输一次: ") != pin:
        raise Problem("pin.not_the_same")
    return pin


def prompt_missing_pin(settings: StationSettings, path: Path) -> str:
    """Prompt for the PIN before the one-time code is used; return "" if a PIN is set or not needed. Raises Problem."""
    if is_pin_set(settings, path):
        return ""
    if is_simulated(settings) and sys.stdin.isatty():
        return ""
    pin = prompt_pin()
    if pin or not is_simulated(settings):
        check_pin(pin)
    return pin


def _is_simple(pin: str) -> bool:
    """Return whether the PIN has few digits, a constant step (also of doubled digits), a repeated part or a common
    prefix."""
    if len(set(pin)) < 4 or pin.startswith(_COMMON_PREFIXES):
        return True
    once = "".join(digit for place, digit in enumerate(pin) if place == 0 or digit != pin[place - 1])
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(once)}
    repeated = any(pin == (pin[:part] * len(pin))[: len(pin)] for part in range(1, len(pin) // 2 + 1))
    return len(steps) == 1 or repeated or pin == pin[::-1]
