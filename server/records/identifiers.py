"""Identifiers that the server invents."""

from __future__ import annotations

import secrets
import uuid


def new_id() -> str:
    return uuid.uuid4().hex


def new_token() -> str:
    """Return the secret part of a progress page's URL (128 bits)."""
    return secrets.token_urlsafe(16)
