"""Time-based one-time passwords (RFC 6238) as every authenticator app computes them: SHA-1, six digits, 30 seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import quote

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1  # how far the phone's clock may be off, either way


def code_at(secret: bytes, step: int) -> str:
    """The code of that time step (RFC 4226, 5.3).

    >>> code_at(b"12345678901234567890", 59 // STEP_SECONDS)
    '287082'
    """
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, seconds: float, used: int) -> int | None:
    """The time step that `code` belongs to, if it is one of those around `seconds` (Unix time) and later than `used`,
    the last one that was accepted: a code opens once."""
    now = int(seconds) // STEP_SECONDS
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > used:
            found = step
    return found


def address_for_app(secret: bytes, name: str, issuer: str) -> str:
    """What the QR code holds (the key URI format of authenticator apps)."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?secret={text}&issuer={quote(issuer)}"
