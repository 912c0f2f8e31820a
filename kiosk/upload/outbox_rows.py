"""Rows of the outbox's tables as the values of kiosk.upload.visit, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.capture.originals import Kept
from kiosk.upload.envelope import Consent, Ending, Refused, WireVerdict
from kiosk.upload.visit import Item, QueuedVisit, Shot, State, VisitDraft

Row = Mapping[str, Any]


def to_json(value: object) -> str:
    """JSON of what the photo engine hands over, numpy's numbers as plain ones."""
    return json.dumps(value, default=lambda number: number.item())


def kept_to_json(kept: Kept) -> str:
    return json.dumps({"path": str(kept.path), "name": kept.name, "size": kept.size, "sha256": kept.sha256})


def kept_of(text: str) -> Kept:
    values = json.loads(text)
    return Kept(Path(values["path"]), values["name"], values["size"], values["sha256"])


def verdicts_of(text: str) -> tuple[WireVerdict, ...]:
    """Raises ValueError (pydantic's) for what is no verdict."""
    return tuple(WireVerdict.model_validate(verdict) for verdict in json.loads(text))


def shot_of(row: Row) -> Shot:
    return Shot(
        original=kept_of(row["original"]),
        taken_at=datetime.fromisoformat(row["taken_at"]),
        portrait=kept_of(row["portrait"]) if row["portrait"] else None,
        recipe=json.loads(row["recipe"]) if row["recipe"] else None,
        verdicts=verdicts_of(row["verdicts"] or "[]"),
        trouble=row["trouble"],
        camera=json.loads(row["camera"]),
    )


def item_of(row: Row, shots: Sequence[Row]) -> Item:
    draft = VisitDraft(
        student=row["student"],
        campaign=row["campaign"],
        name=row["name"],
        taken_at=datetime.fromisoformat(shots[0]["taken_at"]),
        identified_by=row["identified_by"],
        consent=Consent.model_validate_json(row["consent"]),
        simulated=bool(row["simulated"]),
    )
    ending = Ending(row["ending"]) if row["ending"] else None
    return Item(row["id"], draft, tuple(shot_of(shot) for shot in shots), ending, row["attempts"])


def queued_of(row: Row) -> QueuedVisit:
    return QueuedVisit(
        id=row["id"],
        name=row["name"],
        state=State(row["state"]),
        begun_at=row["begun_at"],
        attempts=row["attempts"],
        last_error=row["last_error"],
        refused=Refused.model_validate_json(row["refused"]) if row["refused"] else None,
    )
