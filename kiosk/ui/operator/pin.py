"""The operator's PIN, stored as a salted scrypt hash (RFC 7914)."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

# RFC 7914 section 2 for interactive use; a PIN has few digits, so only the cost per guess protects a stolen file.
_SCRYPT_N: Final = 2**14
_SCRYPT_R: Final = 8
_SCRYPT_P: Final = 1
_MAX_MEMORY_BYTES: Final = 64 * 1024 * 1024


def hash_pin(pin: str) -> str:
    """Return `scrypt$n$r$p$salt$hash` (hex), for station.toml."""
    salt = os.urandom(16)
    digest = _digest(pin, salt, _SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
    return f"scrypt${_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}${salt.hex()}${digest.hex()}"


def verify_pin(pin: str, stored: str) -> bool:
    """Return whether `pin` matches the hash; a text of any other form matches nothing."""
    parts = stored.split("$")
    if len(parts) != 6 or parts[0] != "scrypt":
        return False
    try:
        n, r, p = (int(part) for part in parts[1:4])
        salt, digest = bytes.fromhex(parts[4]), bytes.fromhex(parts[5])
        return hmac.compare_digest(_digest(pin, salt, n, r, p), digest)
    except ValueError:
        return False


def _digest(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY_BYTES, dklen=32)
