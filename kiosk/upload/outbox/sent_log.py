"""The list of confirmed visits, one line each, in a file next to the outbox.

An outbox that was restored from a copy lacks what was sent since. With this list such visits are not sent again, and
their files may be deleted. It contains no names: only the id of the visit, the confirmed hashes and the time."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)
_ID: Final = re.compile(r"[0-9a-f]{32}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Confirmation:
    """`at` is in seconds since 1970."""

    at: float
    hashes: frozenset[str]


class SentLog:
    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, visit: str, hashes: Collection[str], at: float) -> None:
        """Append a line that survives a power cut. On a full disk it is left out: the outbox records the same, and must
        do so for the files to be deleted."""
        line = json.dumps({"visit": visit, "at": at, "hashes": sorted(hashes)})
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(descriptor, "a", encoding="ascii") as file:
                file.write(f"\n{line}\n")  # starts with a newline because a power cut may have left an incomplete line
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("the list of sent visits was not written: %s", error)

    def read(self) -> dict[str, Confirmation]:
        """Return the confirmations by visit. A damaged line is left out."""
        confirmations: dict[str, Confirmation] = {}
        try:
            text = self._path.read_text(encoding="ascii", errors="replace")
        except OSError:
            return confirmations
        for line in filter(None, text.splitlines()):
            try:
                values = json.loads(line)
                visit, hashes, at = values["visit"], frozenset(map(str, values["hashes"])), float(values["at"])
            except (ValueError, TypeError, LookupError):
                continue
            if _ID.fullmatch(str(visit)) and all(_SHA256.fullmatch(one) for one in hashes):
                confirmations[visit] = Confirmation(at, hashes)
        return confirmations
