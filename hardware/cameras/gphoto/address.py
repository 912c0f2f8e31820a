"""The address of a camera: `dslr` (the first on USB), `dslr:usb:001,004`, `dslr:serial:NUMBER`, `dslr:model:NAME`,
`dslr:ptpip:HOST[:PORT][,MODEL]`; with a school's settings file after an @."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NETWORK_PATTERN: Final = re.compile(r"(?P<host>[\w.-]+)(?::(?P<port>\d{1,5}))?(?:,(?P<model>.+))?")
NETWORK_MODEL: Final = "PTP/IP Camera"
"""libgphoto2's driver for a camera on the network; some models have their own ("Canon EOS (WLAN)")."""


@dataclass(frozen=True)
class CameraAddress:
    """The requested camera; empty fields match any. `profile` is a school's settings file.

    `usb` is libgphoto2's port name, which changes every time the camera is plugged in; the serial number stays.
    `network` is the path of a libgphoto2 port, and `network_model` the driver for it.
    """

    usb: str = ""
    serial: str = ""
    model: str = ""
    network: str = ""
    network_model: str = NETWORK_MODEL
    profile: Path | None = None


def parse_address(spec: str) -> CameraAddress | None:
    """Parse `spec` (a setting without its `dslr`); None if it is invalid.

    A settings file follows an @: `dslr@/etc/zhengguan/camera.toml`, `dslr:serial:123@camera.toml`.
    """
    named, _, file = spec.partition("@")
    profile = Path(file).expanduser() if file else None
    if not named:
        return CameraAddress(profile=profile) if file or not spec else None
    kind, _, value = named.removeprefix(":").partition(":")
    value = value.strip()
    if not named.startswith(":") or not value:
        return None
    if kind == "usb":
        return CameraAddress(usb=f"usb:{value}", profile=profile)
    if kind == "serial":
        return CameraAddress(serial=value, profile=profile)
    if kind == "model":
        return CameraAddress(model=value, profile=profile)
    network = _NETWORK_PATTERN.fullmatch(value) if kind == "ptpip" else None
    return _network_address(network, profile) if network else None


def _network_address(match: re.Match[str], profile: Path | None) -> CameraAddress:
    # libgphoto2 expects the ports of commands and events; a camera has one for both.
    ports = f":{match['port']}:{match['port']}" if match["port"] else ""
    return CameraAddress(
        network=f"ptpip:{match['host']}{ports}", network_model=match["model"] or NETWORK_MODEL, profile=profile
    )
