"""The pictures that the database names, and the columns that name them."""

from __future__ import annotations

from typing import Any, Final

from server.submissions.models import Submission

COLUMNS: Final = ("shot_sha256", "portrait_sha256", "original_portrait_sha256")
"""The columns of Submission whose files are in the store of pictures."""


def named_pictures(cursor: Any) -> set[str]:
    """Return the hashes of all pictures, from a cursor of any copy of the database."""
    names: set[str] = set()
    for column in COLUMNS:
        cursor.execute(f"SELECT DISTINCT {column} FROM {Submission._meta.db_table} WHERE {column} IS NOT NULL")
        names.update(row[0] for row in cursor.fetchall() if row[0])
    return names
