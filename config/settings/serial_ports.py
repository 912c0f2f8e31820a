"""Which serial ports may be asked for a card reader; see the comments in config/settings/serial_ports.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import Strict, read_settings

FILE: Final = Path(__file__).parent / "serial_ports.toml"


class UsbPart(Strict):
    bridges: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")], ...]
    never: tuple[Annotated[str, Field(min_length=2)], ...]


class PatiencePart(Strict):
    listen: PositiveFloat
    asked_most: PositiveInt


class SerialReaders(Strict):
    """What config/settings/serial_ports.toml holds."""

    usb: UsbPart
    patience: PatiencePart


@cache
def serial_readers() -> SerialReaders:
    """Read once. Raises Problem naming the key that is wrong."""
    return read_settings(SerialReaders, FILE, None)
