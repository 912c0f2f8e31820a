"""Which camera is meant: `dslr` (the first on USB), `dslr:usb:001,004`, `dslr:serial:NUMBER`, `dslr:model:NAME`,
`dslr:ptpip:HOST[:PORT][,MODEL]`; with a settings file of the school's own after an @."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NETWORK_PATTERN: Final = re.compile(r"(?P<host>[\w.-]+)(?::(?P<port>\d{1,5}))?(?:,(?P<model>.+))?")
NETWORK_MODEL: Final = "PTP/IP Camera"
"""The driver of libgphoto2 for a camera on the network; Canon's and Nikon's own have others ("Canon EOS (WLAN)")."""


@dataclass(frozen=True)
class CameraAddress:
    """The camera meant; what is empty does not matter. `profile` is a settings file of the school's own.

    `usb` is the port that libgphoto2 names, which changes with every plugging in; the serial number stays. `network` is
    the path of a port of libgphoto2, with the driver to be used in `network_model`.
    """

    usb: str = ""
    serial: str = ""
    model: str = ""
    network: str = ""
    network_model: str = NETWORK_MODEL
    profile: Path | None = None


def parse_address(spec: str) -> CameraAddress | None:
    """The camera that `spec` (a setting without its `dslr`) means, None where it means none.

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
    # libgphoto2 takes the port of the commands and that of the events; a camera has one for both.
    ports = f":{match['port']}:{match['port']}" if match["port"] else ""
    return CameraAddress(
        network=f"ptpip:{match['host']}{ports}", network_model=match["model"] or NETWORK_MODEL, profile=profile
    )
