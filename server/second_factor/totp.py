"""Time-based one-time passwords (RFC 6238) as every authenticator app computes them: SHA-1, six digits, 30 seconds."""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1  # tolerated clock error of the phone, in steps, either way


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step.

    >>> code_at(b"12345678901234567890", 59 // STEP_S)
    '287082'
    """
    return _create_totp(secret).generate(step * STEP_S).decode("ascii")


def matching_step(secret: bytes, code: str, seconds: float, last_used: int) -> int | None:
    """Return the time step of `code` if it is close to `seconds` (Unix time) and later than `last_used`, the step
    of the last accepted code: a code works once."""
    now = int(seconds) // STEP_S
    match = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > last_used:
            match = step
    return match


def provisioning_uri(secret: bytes, name: str, issuer: str) -> str:
    """Return the content of the QR code (the key URI format of authenticator apps)."""
    return _create_totp(secret).get_provisioning_uri(name, issuer)


def _create_totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)
