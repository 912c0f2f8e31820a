"""A list that assigns codes to students, from a school that can decrypt 采集码 elsewhere.

The list is a table (CSV, UTF-8 or GB 18030) with a column of codes (采集码, or `sha256` of their UTF-8 bytes), one of
student numbers (学号) and, for a number in several campaigns, one of feature codes (特征码). A station stores it
encrypted.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from config.atomic_file import write_atomic
from config.errors import Problem
from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.encryption import FileCipher
from kiosk.upload.roster import Enrolment, Roster

_COLUMNS: Final = {
    "code": ("采集码", "code", "payload"),
    "sha256": ("sha256", "采集码sha256"),
    "student_no": ("学号", "student number", "student_no"),
    "campaign": ("特征码", "campaign"),
}
_HASH: Final = re.compile(r"[0-9a-f]{64}")
Bindings = dict[str, tuple[str, str]]
"""sha256 of a code's payload -> student number, campaign ("": the campaign that expects the student)."""
_BINDINGS_ADAPTER: Final = TypeAdapter(Bindings)


class CodeList:
    """A CodeResolver. `path` is the encrypted list; a station without one resolves no code."""

    def __init__(self, path: Path, cipher: FileCipher, roster: Roster) -> None:
        self._path = path
        self._cipher = cipher
        self._roster = roster
        self.problem: Problem | None = None
        self._bindings = self._load()

    def __len__(self) -> int:
        return len(self._bindings)

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        bound = self._bindings.get(payload_hash(payload))
        if bound is None:
            return None
        student_no, campaign = bound
        if campaign and self._roster.campaign(campaign) is None:
            raise CodeProblem("code.other_campaign")
        return self._roster.find_student_no(student_no, now, campaign)

    def replace(self, bindings: Bindings) -> None:
        """Replace the list, on disk first. Raises OSError; then the old list stays."""
        write_atomic(self._path, self._cipher.encrypt(json.dumps(bindings).encode("utf-8")))
        self._bindings = bindings
        self.problem = None

    def _load(self) -> Bindings:
        """Load the list. A damaged one does not prevent the start: it becomes `problem`."""
        if not self._path.exists():
            return {}
        try:
            return _BINDINGS_ADAPTER.validate_json(self._cipher.decrypt(self._path.read_bytes()))
        except (Problem, ValidationError, OSError):
            self.problem = CodeProblem("code.list_damaged", path=str(self._path))
            return {}


def payload_hash(payload: str) -> str:
    """Return the form of a hash that the list may contain instead of a code."""
    return hashlib.sha256(payload.strip().encode("utf-8")).hexdigest()


def read_bindings(path: Path) -> Bindings:
    """Parse a CSV file. Raises CodeProblem: list_unreadable, or list_row with the wrong line and the reason."""
    rows = csv.DictReader(_read_text(path).splitlines())
    names = {_column_for(name): name for name in rows.fieldnames or () if _column_for(name)}
    if "student_no" not in names or not {"code", "sha256"} & names.keys():
        raise CodeProblem("code.list_unreadable", file=path.name, why="采集码, 学号 ?")
    bindings: Bindings = {}
    for line, row in enumerate(rows, start=2):
        cells = {column: (row[name] or "").strip() for column, name in names.items()}
        for code, student in _binding(cells, line):
            if bindings.setdefault(code, student) != student:
                raise CodeProblem("code.list_row", line=line, why="采集码")
    return bindings


def _binding(cells: dict[str, str], line: int) -> Iterator[tuple[str, tuple[str, str]]]:
    if not any(cells.values()):
        return
    code = cells.get("sha256", "").lower() or payload_hash(cells.get("code", ""))
    if not (cells.get("code") or cells.get("sha256")) or not _HASH.fullmatch(code):
        raise CodeProblem("code.list_row", line=line, why="采集码")
    if not cells["student_no"]:
        raise CodeProblem("code.list_row", line=line, why="学号")
    yield code, (cells["student_no"], cells.get("campaign", ""))


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CodeProblem("code.list_unreadable", file=path.name, why=error.strerror or "") from error
    for encoding in ("utf-8-sig", "gb18030"):  # Excel in China saves the second encoding
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CodeProblem("code.list_unreadable", file=path.name, why="UTF-8, GB 18030 ?")


def _column_for(heading: str | None) -> str:
    tidy = (heading or "").strip().lower()
    return next((column for column, names in _COLUMNS.items() if tidy in names), "")
