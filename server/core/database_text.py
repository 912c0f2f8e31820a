"""Text that every database can store."""

from __future__ import annotations

from typing import Any, Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def without_nul(value: Any) -> Any:
    """Return JSON data with the replacement character for NUL, which PostgreSQL does not store."""
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT)
    if isinstance(value, dict):
        return {without_nul(key): without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_nul(inner) for inner in value]
    return value
