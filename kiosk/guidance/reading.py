"""What one measuring gives: a number, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """No value, and the word key of the reason."""

    reason: str


Reading = float | Missing
