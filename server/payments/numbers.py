"""Numbers of payments and refunds."""

from __future__ import annotations

import secrets


def new_number(prefix: str) -> str:
    """Return a number that a gateway accepts (6 to 32 letters and digits) and nobody can guess (112 bits)."""
    return prefix + secrets.token_hex(14)


def new_payment_number() -> str:
    return new_number("p")


def new_refund_number() -> str:
    return new_number("r")
