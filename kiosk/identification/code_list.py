"""The station's list of capture codes (config.capture_code_list), stored encrypted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from config.atomic_file import write_atomic
from config.capture_code_list import Bindings, parse_bindings, payload_hash
from config.errors import Problem
from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.encryption import FileCipher
from kiosk.upload.roster import Roster
from kiosk.upload.roster_index import Enrolment

_BINDINGS_ADAPTER: Final = TypeAdapter(Bindings)


class CodeList:
    """A CodeResolver. `path` is the file of the encrypted list; without it no code is resolved."""

    def __init__(self, path: Path, cipher: FileCipher, roster: Roster) -> None:
        self._path = path
        self._cipher = cipher
        self._roster = roster
        self.problem: Problem | None = None
        self._bindings = self._load()

    def __len__(self) -> int:
        return len(self._bindings)

    def resolve(self, payload: str, now: datetime) -> Enrolment | None:
        binding = self._bindings.get(payload_hash(payload))
        if binding is None:
            return None
        student_no, campaign = binding
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


def read_bindings(path: Path) -> Bindings:
    """Parse a CSV file. Raises CodeProblem: list_unreadable, or list_row with the wrong line and the reason."""
    try:
        return parse_bindings(path.read_bytes(), path.name)
    except OSError as error:
        raise CodeProblem("code.list_unreadable", file=path.name, why=error.strerror or "") from error
    except Problem as problem:
        raise CodeProblem(problem.key, **problem.values) from problem
