"""Names of stored files: the one on disk and the one that the camera gave."""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import Final

MAX_NAME_LENGTH: Final = 120
"""Characters of a camera's file name that cross the wire (kiosk.upload.envelope.FileInfo.name)."""
_DEFAULT_NAME: Final = "photo"
_FORBIDDEN_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # Unicode categories
_STORED_NAME: Final = re.compile(r"[0-9a-f]{16}-[0-9a-f]{32}(\.[a-z0-9]{1,5})?")
STORED_NAME_IN_TEXT: Final = re.compile(_STORED_NAME.pattern)
"""Matches the names of stored files in any text, also in a damaged record."""


def new_name(sha256: str, camera_name: str) -> str:
    """Return a unique name with the beginning of the content's hash."""
    return f"{sha256[:16]}-{uuid.uuid4().hex}{_suffix(camera_name)}"


def is_stored_name(name: str) -> bool:
    return _STORED_NAME.fullmatch(name) is not None


def matches_hash(name: str, sha256: str) -> bool:
    """Return whether a file of this name was written for bytes of this hash."""
    return is_stored_name(name) and name.startswith(f"{sha256[:16]}-")


def sanitize_name(camera_name: str) -> str:
    """Return a camera's file name for storing and sending: at most MAX_NAME_LENGTH characters, with its suffix and
    without control characters.

    >>> sanitize_name("IMG_0001.JPG"), sanitize_name(""), sanitize_name("a" * 200 + ".jpg")[-6:]
    ('IMG_0001.JPG', 'photo', 'aa.jpg')
    """
    plain = "".join(one for one in camera_name if unicodedata.category(one) not in _FORBIDDEN_CATEGORIES)
    plain = re.split(r"[/\\]", plain)[-1].strip()
    if len(plain) > MAX_NAME_LENGTH:
        ending = _suffix(plain)
        plain = plain[: MAX_NAME_LENGTH - len(ending)] + ending
    return plain or _DEFAULT_NAME


def _suffix(name: str) -> str:
    """Return the suffix of a camera's file name in lower case; "" if it is longer or has other characters."""
    match = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return match.group().lower() if match else ""
