"""The reason that a person enters for a refund, a waiver or vouchers."""

from __future__ import annotations

from typing import Final

from server.core.api_errors import ApiError
from server.core.database_text import without_nul

MAX_CHARS: Final = 200


def check_reason(reason: str) -> str:
    """Return the reason without blanks around it. Raises ApiError: payment_reason_missing, payment_reason_long."""
    text = without_nul(reason.strip())
    if not text:
        raise ApiError("refused.payment_reason_missing")
    if len(text) > MAX_CHARS:
        raise ApiError("refused.payment_reason_long", limit=MAX_CHARS)
    return str(text)
