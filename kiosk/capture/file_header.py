"""The header of a stored file: JSON in front of the picture, inside the same encryption.

It identifies the picture if the record of the file is lost. Layout of the plain bytes, version 1:

    MAGIC (8 bytes) | size of the header (4 bytes, big-endian) | header (JSON, UTF-8) | picture

Files written by commit 86a4649 contain the picture alone. A picture cannot be mistaken for a header: the header
contains the size and the hash of the picture behind it, and both must match.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MAGIC: Final = b"ZGPHOTO\x01"
_LENGTH_BYTES: Final = 4
_MAX_HEADER_BYTES: Final = 16 * 1024 * 1024
"""A header has some kilobytes, with a recipe some hundred."""


@dataclass(frozen=True)
class FileContent:
    """The content of a stored file: the picture, and the header if there is one."""

    data: bytes = field(repr=False)
    header: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def add_header(header: Mapping[str, Any], data: bytes) -> bytes:
    """Return `data` with `header` in front. The header also contains the size and the hash of `data`."""
    facts = {**header, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(facts, ensure_ascii=False, default=_to_plain_number).encode("utf-8", "backslashreplace")
    return MAGIC + len(text).to_bytes(_LENGTH_BYTES, "big") + text + data


def parse_content(plain: bytes) -> FileContent:
    """Return the parts of a stored file. Bytes without a complete and matching header are a picture alone."""
    start = len(MAGIC) + _LENGTH_BYTES
    length = int.from_bytes(plain[len(MAGIC) : start], "big")
    if not plain.startswith(MAGIC) or length > min(_MAX_HEADER_BYTES, len(plain) - start):
        return FileContent(plain)
    content = FileContent(plain[start + length :], _parse_header(plain[start : start + length]))
    header = content.header
    if header is None or header.get("size") != len(content.data) or header.get("sha256") != content.sha256:
        return FileContent(plain)
    return content


def _parse_header(text: bytes) -> Mapping[str, Any] | None:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _to_plain_number(number: Any) -> Any:
    """Convert numpy's numbers, which a recipe may contain, to plain ones."""
    return number.item()
