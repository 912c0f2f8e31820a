"""Personal data of a visit for the server only, in one encrypted column: digits of an ID number, other enrolments."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from config.errors import Problem
from kiosk.upload.outbox.models import VisitDraft

_NAMES: Final = ("last_four", "last_four_confirmed", "also_for")


class Cipher(Protocol):
    """The part of kiosk.upload.encryption.FileCipher that the outbox needs."""

    def encrypt(self, data: bytes) -> bytes: ...

    def decrypt(self, encrypted: bytes) -> bytes: ...


class PrivateColumn:
    """Conversion between a draft and the column `private`."""

    def __init__(self, cipher: Cipher | None) -> None:
        self._cipher = cipher

    def encrypt(self, draft: VisitDraft) -> str | None:
        """Return the content of the column; None if there is nothing to encrypt."""
        if draft.last_four is None and not draft.last_four_confirmed and not draft.also_for:
            return None
        if self._cipher is None:
            raise ValueError("An outbox without a cipher cannot store parts of an ID number.")
        text = json.dumps({name: getattr(draft, name) for name in _NAMES})
        return base64.b64encode(self._cipher.encrypt(text.encode())).decode("ascii")

    def decrypt(self, private: str | None) -> Mapping[str, Any]:
        """Return the private fields. Raises ValueError if they cannot be decrypted."""
        if not private or self._cipher is None:
            return {}
        try:
            return dict(json.loads(self._cipher.decrypt(base64.b64decode(private))))
        except Problem as problem:
            raise ValueError(str(problem)) from problem
