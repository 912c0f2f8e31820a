"""The outbox's tables, and how an older outbox is brought up to date.

A step that has left the house is never changed; a new one is appended. `PRAGMA user_version` counts the steps done.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from config.problem import Problem

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


def _first_tables(db: Database) -> None:
    db.execute(_VISITS)
    db.execute(_SHOTS)
    # Of a season's visits nearly all are sent: the few that wait are found without passing by the others.
    db.execute("CREATE INDEX visits_waiting ON visits (seq) WHERE state IN ('ready', 'leased')")
    db.execute("CREATE INDEX shots_by_visit ON shots (visit, seq)")


def _camera_of_each_shot(db: Database) -> None:
    # A portrait that is made late, after a crash, names the camera in its recipe as any other.
    db.execute("ALTER TABLE shots ADD COLUMN camera TEXT NOT NULL DEFAULT '{}'")


STEPS: Final[tuple[Callable[[Database], None], ...]] = (_first_tables, _camera_of_each_shot)


def bring_up_to_date(db: Database, path: Path) -> None:
    """Does the steps that are missing. Call it inside a transaction.

    Raises Problem (upload.outbox_newer) for an outbox that a later version of this program has written.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if done > len(STEPS):
        raise Problem("upload.outbox_newer", path=path)
    for step in STEPS[done:]:
        step(db)
    db.execute(f"PRAGMA user_version = {len(STEPS)}")
