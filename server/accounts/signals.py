"""Signals that the accounts send to other apps."""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

consent_withdrawn: Final = Signal()
"""Sent within the transaction of a withdrawal, with `request`, `student` and `now`; a repeated one sends nothing."""
