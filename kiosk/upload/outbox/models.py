"""Data types of the outbox: a visit when it starts, as it is sent, and as the operator's list shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from config.errors import Problem
from kiosk.capture.file_names import sanitize_name
from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import Consent, FileInfo, Rejection, Submission, VerdictPayload, VisitOutcome
from kiosk.upload.wire_types import MAX_DISCARDED_SHOTS, MAX_ERROR_LENGTH

IdentifiedBy = Literal["id_card", "code", "document", "operator"]


class OutboxState(StrEnum):
    """open > ready > leased > sent | rejected; an expired lease counts as ready, a resolved
    rejection is ready again."""

    OPEN = "open"
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    REJECTED = "rejected"


@dataclass(frozen=True)
class VisitDraft:
    """The data of a visit when its first shot is safe. `name` is masked already.

    `progress_token`, `last_four`, `last_four_confirmed` and `also_for` are those of kiosk.upload.envelope.Submission.
    """

    student: str
    campaign: str
    name: str = field(repr=False)
    taken_at: datetime
    identified_by: IdentifiedBy
    consent: Consent
    simulated: bool
    progress_token: str | None = None
    last_four: str | None = field(default=None, repr=False)
    last_four_confirmed: bool = False
    also_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutboxShot:
    """A shot and the result of the photo engine: portrait, recipe and verdicts, or in `error` why there are none.

    `camera` is the recipe's entry about the camera that took it.
    """

    original: StoredFile
    taken_at: datetime
    portrait: StoredFile | None = None
    recipe: Mapping[str, Any] | None = field(default=None, repr=False)
    verdicts: tuple[VerdictPayload, ...] = field(default=(), repr=False)
    error: str = ""
    camera: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OutboxVisit:
    """A visit with all its shots, oldest first, except that the chosen one is the last. `attempts` includes the current
    one."""

    id: str
    draft: VisitDraft
    shots: tuple[OutboxShot, ...]
    outcome: VisitOutcome | None
    attempts: int

    @property
    def chosen_shot(self) -> OutboxShot:
        return self.shots[-1]

    @property
    def shot_file(self) -> StoredFile:
        return self.chosen_shot.original

    @property
    def portrait_file(self) -> StoredFile | None:
        return self.chosen_shot.portrait

    @property
    def error(self) -> str:
        """Why there is no portrait; empty if there is one, or if the engine has not run yet."""
        return self.chosen_shot.error

    def submission(self) -> Submission:
        """Return the envelope of the visit. Raises ValueError for an open visit, and pydantic's ValidationError for one
        that the envelope does not allow; the worker then parks it."""
        if self.outcome is None:
            raise ValueError(f"Visit {self.id} is still open.")
        shot = self.chosen_shot
        missing = "" if shot.portrait else str(Problem("upload.no_portrait"))
        return Submission(
            id=self.id,
            campaign=self.draft.campaign,
            student=self.draft.student,
            taken_at=shot.taken_at,
            identified_by=self.draft.identified_by,
            consent=self.draft.consent,
            outcome=self.outcome,
            simulated=self.draft.simulated,
            shot=file_info(shot.original),
            portrait=file_info(shot.portrait) if shot.portrait else None,
            recipe=dict(shot.recipe) if shot.recipe is not None else None,
            verdicts=shot.verdicts,
            error=(shot.error or missing)[:MAX_ERROR_LENGTH],
            discarded_shots=tuple(earlier.original.sha256 for earlier in self.shots[:-1])[-MAX_DISCARDED_SHOTS:],
            progress_token=self.draft.progress_token,
            last_four=self.draft.last_four,
            last_four_confirmed=self.draft.last_four_confirmed,
            also_for=self.draft.also_for,
        )


@dataclass(frozen=True)
class QueueStats:
    """The number of visits in each state. All times in this module are seconds of the outbox's clock.

    `unreadable` visits are damaged records; they are left out of every list.
    """

    open: int = 0
    ready: int = 0
    leased: int = 0
    sent: int = 0
    rejected: int = 0
    unreadable: int = 0
    oldest_waiting_since: float | None = None
    last_error: str = ""

    @property
    def waiting(self) -> int:
        """Finished visits that the server does not have yet and that need no person."""
        return self.ready + self.leased


@dataclass(frozen=True)
class QueueEntry:
    """A line of the operator's list. `name` is masked, and empty once the server has the visit."""

    id: str
    name: str
    state: OutboxState
    started_at: float
    attempts: int
    last_error: str
    rejection: Rejection | None


def file_info(file: StoredFile) -> FileInfo:
    return FileInfo(name=sanitize_name(file.name), size=file.size, sha256=file.sha256)
