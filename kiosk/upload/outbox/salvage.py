"""Read the undamaged visits of a damaged outbox.

A backup lacks the newest visits, and a file of 86a4649 has no header that identifies its visit; the damaged database
often has both."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kiosk.upload.outbox.integrity import decode_text
from kiosk.upload.outbox.rows import (
    ROW_ERRORS,
    is_damaged,
    shot_digest,
    visit_digest,
    visit_from_row,
    with_current_columns,
    with_relative_path,
)

log = logging.getLogger(__name__)
_MAX_ROWS: Final = 1_000_000
"""Maximum number of rows to read: in a damaged B-tree a page may refer to itself."""
_LATER_VISIT_COLUMNS: Final = {"progress_token": None, "private": None, "confirmed_sha256": None}
_LATER_SHOT_COLUMNS: Final = {"camera": "{}"}
"""Columns that an older outbox lacks, with their defaults."""


@dataclass(frozen=True)
class SalvagedVisit:
    """The rows of a visit, columns by name, without `seq` and `digest`; the shots in their order."""

    visit: dict[str, Any]
    shots: tuple[dict[str, Any], ...]


def salvage_visits(path: Path) -> list[SalvagedVisit]:
    """Return the undamaged visits in the database that the server does not have, oldest first."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            connection.text_factory = decode_text
            visits, shots = _rows(connection, "visits"), _rows(connection, "shots")
    except sqlite3.Error as error:
        log.warning("nothing can be read of %s: %s", path.name, error)
        return []
    salvaged = []
    for _, visit in sorted(visits.items()):
        own_shots = [shot for _, shot in sorted(shots.items()) if shot.get("visit") == visit.get("id")]
        if visit.get("state") != "sent" and _is_whole(visit, own_shots, path.absolute().parent):
            salvaged.append(SalvagedVisit(_content(visit), tuple(map(_content, own_shots))))
    return salvaged


def _rows(connection: sqlite3.Connection, table: str) -> dict[int, dict[str, Any]]:
    """Return rows by `seq`, read from both ends: nothing can be read beyond a damaged page."""
    rows: dict[int, dict[str, Any]] = {}
    for order in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.Error):
            for row in _limit_rows(connection.execute(f"SELECT * FROM {table} NOT INDEXED ORDER BY seq {order}")):
                if isinstance(row["seq"], int):
                    rows.setdefault(row["seq"], with_current_columns(dict(row)))
    return rows


def _limit_rows(cursor: sqlite3.Cursor) -> Iterator[sqlite3.Row]:
    for _ in range(_MAX_ROWS):
        row = cursor.fetchone()
        if row is None:
            return
        yield row


def _is_whole(visit: dict[str, Any], shots: list[dict[str, Any]], folder: Path) -> bool:
    """Return whether the rows match their digests; rows without one (86a4649) must at least be valid."""
    try:
        if "digest" in visit:
            return bool(shots) and not is_damaged(visit) and all(one["digest"] == shot_digest(one) for one in shots)
        row, own_shots = _content(visit), [_content(shot) for shot in shots]
        with_digest = {**row, "digest": visit_digest(row)}
        visit_from_row(with_digest, [{**shot, "seq": 0, "digest": shot_digest(shot)} for shot in own_shots], folder, {})
        return not is_damaged(with_digest)
    except ROW_ERRORS:
        return False


def _content(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with the current columns, without `seq` and `digest`, which the outbox sets."""
    later = _LATER_SHOT_COLUMNS if "original" in row else _LATER_VISIT_COLUMNS
    content = {**later, **{name: value for name, value in row.items() if name not in ("seq", "digest")}}
    return content | {name: with_relative_path(content[name]) for name in ("original", "portrait") if name in content}
