"""Serial ports that may be probed for a card reader; see the comments in config/settings/serial_ports.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import StrictModel, read_settings

FILE: Final = Path(__file__).parent / "serial_ports.toml"


class UsbSettings(StrictModel):
    bridges: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")], ...]
    exclude: tuple[Annotated[str, Field(min_length=2)], ...]


class ProbeSettings(StrictModel):
    listen_seconds: PositiveFloat
    max_attempts: PositiveInt


class SerialPortSettings(StrictModel):
    """The settings in config/settings/serial_ports.toml."""

    usb: UsbSettings
    probe: ProbeSettings


@cache
def serial_port_settings() -> SerialPortSettings:
    """Read the settings once. Raises Problem with the invalid key."""
    return read_settings(SerialPortSettings, FILE, None)
