"""Names and addresses of this machine that are valid in the header Host."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

ALL_INTERFACES: Final = ("0.0.0.0", "::", "*", "")
_SIOCGIFADDR: Final = 0x8915  # netdevice(7)
_IF_INET6: Final = Path("/proc/net/if_inet6")


def own_hosts(listening_on: str) -> list[str]:
    """Return all of them, as in a header Host. `listening_on` is the address with which the server was started."""
    if listening_on not in ALL_INTERFACES:
        return [_bracket_ipv6(listening_on.strip("[]").lower())]
    name = socket.gethostname().lower()
    return [name, f"{name}.local", *map(_bracket_ipv6, [*_ipv4(), *_ipv6()])]


def _ipv4() -> list[str]:
    addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # an interface without an address
                interface = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                addresses.append(socket.inet_ntoa(interface[20:24]))
    return addresses


def _ipv6() -> list[str]:
    try:
        lines = _IF_INET6.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    addresses = [ipaddress.IPv6Address(int(line.split()[0], 16)) for line in lines]
    return [address.compressed for address in addresses]


def _bracket_ipv6(host: str) -> str:
    return f"[{host}]" if ":" in host else host
