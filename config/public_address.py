"""The address of the server for people and stations, in the form that browsers send."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_HOST: Final = re.compile(r"[0-9.]+")


@dataclass(frozen=True)
class PublicAddress:
    """`host` is in lower case, a Chinese name in its ASCII form (RFC 3490), an IPv6 address compressed and in brackets;
    `port` is None for the scheme's default port."""

    scheme: str
    host: str
    port: int | None

    @property
    def url(self) -> str:
        """The address as browsers send it in Origin: no trailing slash, and no port if it is the scheme's default."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def parse_public_address(text: str) -> PublicAddress:
    """Parse an address that an administrator typed. Raises ValueError with a message for them."""
    text = text.strip()
    if any(sign.isspace() or not sign.isprintable() for sign in text):  # urlsplit removes some of them without an error
        raise ValueError("it contains a blank or an invisible character")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"this is not an address: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ValueError("it must begin with https:// (or http://), followed by a name or an IP address")
    if parts.username is not None or parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("it must be https://NAME or https://NAME:PORT, without user, ? and #")
    if parts.path.strip("/"):
        raise ValueError(f"a path ({parts.path}) is not supported; please give the server its own name or port")
    if port == 0:
        raise ValueError("others cannot reach port 0")
    return PublicAddress(parts.scheme, _host(host), None if port == _DEFAULT_PORTS[parts.scheme] else port)


def _host(host: str) -> str:
    if ":" in host:
        return f"[{_ip_address(host)}]"
    name = _ascii(host).rstrip(".")
    if _NUMERIC_HOST.fullmatch(name):
        return _ip_address(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{host} is not the name of a computer")
    return name


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{host} is not the name of a computer") from error


def _ip_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(f"{text} is not an IP address") from error
    if address.is_unspecified or address.is_multicast or "%" in text:
        raise ValueError(f"others cannot reach {text}")
    return address.compressed
