"""The outbox's tables, and the migration of an older outbox.

A released step is never changed; a new one is appended. `PRAGMA user_version` counts the completed steps.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from config.errors import Problem
from kiosk.upload.outbox.rows import (
    confirmed_hashes_json,
    shot_digest,
    visit_digest,
    with_current_columns,
    with_relative_path,
)

_VISITS: Final = """
CREATE TABLE visits (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ready', 'leased', 'sent', 'refused')),
    student TEXT NOT NULL,
    campaign TEXT NOT NULL,
    name TEXT NOT NULL,
    identified_by TEXT NOT NULL,
    consent TEXT,
    simulated INTEGER NOT NULL,
    ending TEXT,
    begun_at REAL NOT NULL,
    ready_at REAL,
    next_at REAL NOT NULL DEFAULT 0,
    leased_until REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    failed_at REAL,
    refused TEXT,
    sent_at REAL,
    purged_at REAL,
    CHECK ((state = 'leased') = (leased_until IS NOT NULL)),
    CHECK ((state = 'refused') = (refused IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state = 'open' OR ending IS NOT NULL)
)
"""
_SHOTS: Final = """
CREATE TABLE shots (
    seq INTEGER PRIMARY KEY,
    visit TEXT NOT NULL REFERENCES visits (id),
    taken_at TEXT NOT NULL,
    original TEXT NOT NULL,
    portrait TEXT,
    recipe TEXT,
    verdicts TEXT,
    trouble TEXT NOT NULL DEFAULT ''
)
"""


def _create_tables(db: Database) -> None:
    db.execute(_VISITS)
    db.execute(_SHOTS)
    # Nearly all visits of a season are sent; the partial index finds the few that wait.
    db.execute("CREATE INDEX visits_waiting ON visits (seq) WHERE state IN ('ready', 'leased')")
    db.execute("CREATE INDEX shots_by_visit ON shots (visit, seq)")


def _add_camera_column(db: Database) -> None:
    # The recipe of a portrait that is made late, after a crash, also contains the camera.
    db.execute("ALTER TABLE shots ADD COLUMN camera TEXT NOT NULL DEFAULT '{}'")


def _add_digests(db: Database) -> None:
    # `digest` detects a changed row. `confirmed` is JSON of the hashes that the server has confirmed; only these files
    # are deleted. `private` is personal data for the server only, encrypted.
    for column in ("progress_token TEXT", "private TEXT", "confirmed TEXT", "digest TEXT"):
        db.execute(f"ALTER TABLE visits ADD COLUMN {column}")
    db.execute("ALTER TABLE shots ADD COLUMN digest TEXT")
    db.execute("CREATE INDEX visits_unsent ON visits (student) WHERE state != 'sent'")
    # A second copy of the version distinguishes a damaged `user_version` from an outbox of a later program.
    db.execute("CREATE TABLE schema_version (steps INTEGER NOT NULL)")
    db.execute("INSERT INTO schema_version VALUES (3)")
    _make_paths_relative(db)
    visits, shots = db.table("visits"), db.table("shots")
    for row in list(visits.rows):
        changes = {"digest": visit_digest(with_current_columns(row))}
        if row["state"] == "sent":
            own = list(shots.rows_where("visit = ?", [row["id"]]))
            files = [shot[column] for column in ("original", "portrait") for shot in own]
            changes["confirmed"] = confirmed_hashes_json(files)
        visits.update(row["seq"], changes)


def _make_paths_relative(db: Database) -> None:
    """Store paths as one folder and a name, relative to the data folder. Earlier they were absolute, or as given."""
    shots = db.table("shots")
    for row in list(shots.rows):
        places = {column: with_relative_path(row[column]) for column in ("original", "portrait")}
        shots.update(row["seq"], {**places, "digest": shot_digest(with_current_columns({**row, **places}))})


_RENAMED_VISITS: Final = """
CREATE TABLE visits_renamed (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ready', 'leased', 'sent', 'rejected')),
    student TEXT NOT NULL,
    campaign TEXT NOT NULL,
    name TEXT NOT NULL,
    identified_by TEXT NOT NULL,
    consent TEXT,
    simulated INTEGER NOT NULL,
    outcome TEXT,
    started_at REAL NOT NULL,
    ready_at REAL,
    retry_at REAL NOT NULL DEFAULT 0,
    leased_until REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    failed_at REAL,
    rejection TEXT,
    sent_at REAL,
    purged_at REAL,
    progress_token TEXT,
    private TEXT,
    confirmed_sha256 TEXT,
    digest TEXT,
    CHECK ((state = 'leased') = (leased_until IS NOT NULL)),
    CHECK ((state = 'rejected') = (rejection IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK (state = 'open' OR outcome IS NOT NULL)
)
"""
_COPY_VISITS: Final = """
INSERT INTO visits_renamed
SELECT seq, id, CASE state WHEN 'refused' THEN 'rejected' ELSE state END, student, campaign, name, identified_by,
    consent, simulated, ending, begun_at, ready_at, next_at, leased_until, attempts, last_error, failed_at, refused,
    sent_at, purged_at, progress_token, private, confirmed, digest
FROM visits
"""


def _rename_columns(db: Database) -> None:
    # SQLite cannot change a CHECK, so the table is copied. The digests stay valid: they cover values, not names.
    db.execute(_RENAMED_VISITS)
    db.execute(_COPY_VISITS)
    db.execute("DROP TABLE visits")
    db.execute("ALTER TABLE visits_renamed RENAME TO visits")
    db.execute("CREATE INDEX visits_waiting ON visits (seq) WHERE state IN ('ready', 'leased')")
    db.execute("CREATE INDEX visits_unsent ON visits (student) WHERE state != 'sent'")
    db.execute("ALTER TABLE shots RENAME COLUMN trouble TO error")
    db.execute("UPDATE schema_version SET steps = 4")


MIGRATIONS: Final[tuple[Callable[[Database], None], ...]] = (
    _create_tables,
    _add_camera_column,
    _add_digests,
    _rename_columns,
)


def migrate(db: Database, path: Path) -> None:
    """Run the missing steps. Call it inside a transaction with foreign keys off, because a step may replace a table.

    Raises Problem (upload.outbox_newer) for an outbox of a later version of this program.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if done > len(MIGRATIONS):
        raise Problem("upload.outbox_newer", path=path)
    for step in MIGRATIONS[done:]:
        step(db)
    if done < len(MIGRATIONS):  # a current outbox must open on a full disk, where a write would fail
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
