"""Conversion between rows of the outbox's tables and kiosk.upload.outbox.models."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kiosk.capture.file_names import STORED_NAME_IN_TEXT, is_stored_name
from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import Consent, Rejection, VerdictPayload, VisitOutcome
from kiosk.upload.outbox.models import OutboxShot, OutboxState, OutboxVisit, QueueEntry, VisitDraft

Row = Mapping[str, Any]

_IDENTITY_COLUMNS: Final = ("id", "student", "campaign", "name", "identified_by", "consent", "simulated")
_VISIT_DIGEST_COLUMNS: Final = (*_IDENTITY_COLUMNS, "started_at", "progress_token", "private")
_SHOT_DIGEST_COLUMNS: Final = ("visit", "taken_at", "original", "portrait", "recipe", "verdicts", "error", "camera")
_RENAMED_COLUMNS: Final = {
    "ending": "outcome",
    "begun_at": "started_at",
    "next_at": "retry_at",
    "refused": "rejection",
    "confirmed": "confirmed_sha256",
    "trouble": "error",
}
"""Columns of an outbox before the fourth migration, and their present names."""
_PATH_PATTERN: Final = re.compile(r'\{"path": "([^"\\]*)"')
ROW_ERRORS: Final = (ValueError, TypeError, LookupError, OverflowError)
"""Exceptions of reading a damaged row; pydantic's and json's errors are ValueErrors."""


def to_json(value: object) -> str:
    """Return JSON of a result of the photo engine; NumPy numbers become plain ones."""
    return json.dumps(value, default=lambda number: number.item())


def stored_file_to_json(file: StoredFile) -> str:
    return json.dumps(
        {"path": _relative_path(str(file.path)), "name": file.name, "size": file.size, "sha256": file.sha256}
    )


def stored_file_from_json(text: str, folder: Path) -> StoredFile:
    """Return the file that a row names, in the present data folder."""
    values = json.loads(text)
    return StoredFile(
        folder / _relative_path(os.fspath(values["path"])), values["name"], values["size"], values["sha256"]
    )


def _relative_path(path: str) -> str:
    """Return `path` relative to the data folder: the last folder and the name. Other paths stay as they are."""
    parent, _, name = path.rpartition("/")
    if not is_stored_name(name):
        return path
    return f"{parent.rpartition('/')[2] or 'files'}/{name}"


def with_relative_path(text: str | None) -> str | None:
    """Return the JSON of a file with its path relative to the data folder; damaged JSON unchanged."""
    try:
        values = json.loads(text or "")
        return json.dumps({**values, "path": _relative_path(os.fspath(values["path"]))})
    except ROW_ERRORS:
        return text


def stored_path_of(text: object) -> str:
    """Return the path of a row's file, relative to the data folder; fast enough for tens of thousands of rows."""
    match = _PATH_PATTERN.match(str(text))
    if match:
        return match[1]
    try:
        return str(json.loads(str(text))["path"])
    except ROW_ERRORS:
        return next((f"files/{name}" for name in file_names_in(text)), "")


def file_names_in(*texts: object) -> set[str]:
    """Return the names of all stored files in these texts, also in damaged ones."""
    return {match.group() for text in texts for match in STORED_NAME_IN_TEXT.finditer(str(text or ""))}


def confirmed_hashes_json(texts: Sequence[str | None]) -> str:
    """Return JSON of the hashes of these files."""
    hashes = []
    for text in texts:
        try:
            hashes.append(json.loads(text or "")["sha256"])
        except ROW_ERRORS:
            continue
    return json.dumps(hashes)


def parse_hashes(confirmed: object) -> frozenset[str]:
    """Return the hashes in a `confirmed_sha256` column; none if it is damaged."""
    try:
        hashes = json.loads(str(confirmed or "[]"))
        return frozenset(one for one in hashes if isinstance(one, str) and len(one) == 64)
    except ROW_ERRORS:
        return frozenset()


def with_current_columns(row: Row) -> dict[str, Any]:
    """Return a row of an older outbox with the present column names and state."""
    current = {_RENAMED_COLUMNS.get(name, name): value for name, value in row.items()}
    return {**current, "state": "rejected"} if current.get("state") == "refused" else current


def visit_digest(row: Row) -> str:
    """Return the digest of the columns of `visits` that never change."""
    return _digest([row.get(column) for column in _VISIT_DIGEST_COLUMNS])


def shot_digest(row: Row) -> str:
    return _digest([row.get(column) for column in _SHOT_DIGEST_COLUMNS])


def _digest(values: list[Any]) -> str:
    digest = hashlib.sha256()
    for value in values:
        kind, text = ("str", value) if isinstance(value, str) else (type(value).__name__, repr(value))
        data = text.encode("utf-8", "backslashreplace")
        digest.update(f"{kind} {len(data)} ".encode("ascii"))
        digest.update(data)
    return digest.hexdigest()[:32]


def is_damaged(row: Row) -> bool:
    """Return whether a row of `visits` is damaged. `digest` covers only columns that never change."""
    if row["digest"] != visit_digest(row):
        return True
    try:
        entry_from_row(row)
        outcome = VisitOutcome(row["outcome"]) if row["outcome"] is not None else None
        return outcome is None and row["state"] != "open"
    except ROW_ERRORS:
        return True


def parse_verdicts(text: str) -> tuple[VerdictPayload, ...]:
    """Parse verdicts from JSON. Raises pydantic's ValidationError, a ValueError, for invalid ones."""
    return tuple(VerdictPayload.model_validate(verdict) for verdict in json.loads(text))


def shot_from_row(row: Row, folder: Path) -> OutboxShot:
    if row["digest"] != shot_digest(row):
        raise ValueError(f"shot {row['seq']} does not match its digest")
    return OutboxShot(
        original=stored_file_from_json(row["original"], folder),
        taken_at=datetime.fromisoformat(row["taken_at"]),
        portrait=stored_file_from_json(row["portrait"], folder) if row["portrait"] else None,
        recipe=json.loads(row["recipe"]) if row["recipe"] else None,
        verdicts=parse_verdicts(row["verdicts"] or "[]"),
        error=row["error"],
        camera=json.loads(row["camera"]),
    )


def visit_from_row(row: Row, shots: Sequence[Row], folder: Path, private: Mapping[str, Any]) -> OutboxVisit:
    """Return the visit of a row and its shots; `private` is the decrypted content of the column of that name."""
    if row["digest"] != visit_digest(row):
        raise ValueError(f"visit {row['id']} does not match its digest")
    draft = VisitDraft(
        student=row["student"],
        campaign=row["campaign"],
        name=row["name"],
        taken_at=datetime.fromisoformat(shots[0]["taken_at"]),
        identified_by=row["identified_by"],
        consent=Consent.model_validate_json(row["consent"]),
        simulated=bool(row["simulated"]),
        progress_token=row["progress_token"],
        last_four=private.get("last_four"),
        last_four_confirmed=bool(private.get("last_four_confirmed", False)),
        also_for=tuple(private.get("also_for", ())),
    )
    outcome = VisitOutcome(row["outcome"]) if row["outcome"] else None
    own_shots = tuple(shot_from_row(shot, folder) for shot in shots)
    return OutboxVisit(row["id"], draft, own_shots, outcome, int(row["attempts"]))


def entry_from_row(row: Row) -> QueueEntry:
    return QueueEntry(
        id=row["id"],
        name=row["name"],
        state=OutboxState(row["state"]),
        started_at=_parse_moment(row["started_at"]),
        attempts=int(row["attempts"]),
        last_error=str(row["last_error"]),
        rejection=Rejection.model_validate_json(row["rejection"]) if row["rejection"] else None,
    )


def _parse_moment(seconds: Any) -> float:
    """Return the time. Raises an error of ROW_ERRORS if it is not a valid date."""
    datetime.fromtimestamp(seconds)
    return float(seconds)
