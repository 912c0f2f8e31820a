"""The offline roster: who is expected, sealed on disk, so that a card is answered with the cable out."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from config.durable import sync_folder
from config.problem import Problem
from kiosk.upload.envelope import (
    NumberHashing,
    Roster,
    StudentState,
    WireCampaign,
    WireStudent,
    number_hash,
    student_no_hash,
)
from kiosk.upload.number_hashing import candidate_hashes
from kiosk.upload.vault import Vault

log = logging.getLogger(__name__)


class RosterProblem(Problem):
    """No picture may be taken on this card now. Keys: `roster.<reason>`.

    Reasons: empty, unknown, captured, not_open, withdrawn, expired; of a student number also several (it stands in more
    than one collection that is open).
    """


_REASONS: Final = ("captured", "not_open", "withdrawn", "expired")
"""Of a person with several enrolments the first that applies is told: the one they can best act on."""


@dataclass(frozen=True)
class Found:
    student: WireStudent
    campaign: WireCampaign


@dataclass(frozen=True)
class _Remembered:
    """The result of the last slow look-up in this index: `of` is the number's fast hash, `found` the roster's."""

    index: object = None
    of: str = ""
    found: str = ""


class RosterBook:
    """`path` is the sealed file; beside it, `<name>.captured` holds whom this station took since, sealed as well.

    `waiting` names the students whose visit has not reached the server: for them a new roster knows less than we do.
    `corrected` turns a time of this station's clock into the server's.
    Any thread may call; `problem` is set while what was on disk could not be read.
    """

    def __init__(
        self,
        path: Path,
        vault: Vault,
        roster_key: str,
        waiting: Callable[[], Collection[str]] = frozenset,
        corrected: Callable[[datetime], datetime] = lambda moment: moment,
    ) -> None:
        self._path = path
        self._captured_path = path.with_name(f"{path.name}.captured")
        self._vault = vault
        self._key = roster_key
        self._waiting = waiting
        self._corrected = corrected
        self._drawn_at: datetime | None = None
        self._by_hash: dict[str, tuple[Found, ...]] = {}
        self._by_student_no: dict[str, tuple[Found, ...]] = {}
        self._hashing: NumberHashing | None = None
        self._progress_base = ""
        self._remembered = _Remembered()
        self._captured: dict[str, str] = {}
        self._lock = threading.Lock()
        self.problem: Problem | None = None
        self._load()

    @property
    def drawn_at(self) -> datetime | None:
        """When the server drew the roster; None before the first one."""
        return self._drawn_at

    @property
    def progress_base(self) -> str:
        """The address to which a receipt's progress token is appended; "" where the server gives none."""
        return self._progress_base

    def __len__(self) -> int:
        return sum(len(found) for found in self._by_hash.values())

    def campaign(self, code: str) -> WireCampaign | None:
        """The campaign of that feature code, as far as somebody in the roster belongs to it."""
        found = (found.campaign for enrolments in self._by_hash.values() for found in enrolments)
        return next((campaign for campaign in found if campaign.code == code), None)

    def waiting(self) -> frozenset[str]:
        """The students whose visit has not reached the server. Ask before a roster is requested; see `replace`."""
        return frozenset(self._waiting())

    def captured(self) -> dict[str, str]:
        """Whom this station has photographed, and when. Ask before a roster is requested; see `replace`."""
        return dict(self._captured)

    def replace(
        self,
        roster: Roster,
        waiting_when_asked: Collection[str] = (),
        captured_when_asked: Mapping[str, str] | None = None,
    ) -> None:
        """Takes a new roster, on disk first. Raises Problem (upload.disk_full, roster.not_saved): the old one stays.

        A student counts as captured by this station while the visit waits here, or waited when this roster was
        requested (`waiting_when_asked`), or was captured since (is not in `captured_when_asked`): the server may have
        drawn the roster before the visit arrived. For everybody else the server knows better: perhaps the picture has
        to be taken again. No clocks are compared.
        """
        with self._lock:
            _write(self._path, self._vault.seal(roster.model_dump_json().encode("utf-8")))
            known = self._captured if captured_when_asked is None else captured_when_asked
            since = {who for who, at in self._captured.items() if known.get(who) != at}
            unknown_to_server = {*self._waiting(), *waiting_when_asked, *since}
            self._write_captured({who: at for who, at in self._captured.items() if who in unknown_to_server})
            self._take(roster)
            self.problem = None

    def prepare(self, number: str) -> None:
        """Computes what `find` needs for this number, about 0.1 s of processor: for the thread of the reader, so that
        the screen does not stand still meanwhile. Only the last number is remembered, as a hash."""
        self._hash_of(number)

    def find(self, number: str, now: datetime) -> Found:
        """The first enrolment of `find_all`."""
        return self.find_all(number, now)[0]

    def find_all(self, number: str, now: datetime) -> list[Found]:
        """The enrolments of the person with this ID number that may be photographed `now` (aware), at least one.
        Raises RosterProblem: why there is none."""
        return self._welcome(self._by_hash.get(self._hash_of(number), ()), now)

    def _hash_of(self, number: str) -> str:
        """The hash by which the roster knows the number; "" where it knows it by none."""
        if self._hashing is None:
            return number_hash(self._key, number)
        index, of, last = self._by_hash, number_hash(self._key, number), self._remembered
        if last.index is index and last.of == of:
            return last.found
        candidates = candidate_hashes(self._key, number.strip().upper(), self._hashing)
        found = next((candidate for candidate in candidates if candidate in index), "")
        self._remembered = _Remembered(index, of, found)
        return found

    def find_student_no(self, student_no: str, now: datetime, campaign: str = "") -> Found:
        """The student with this student number (学号), in that campaign where one is named, who may be photographed.

        Student numbers are unique within a school only: one that is expected in two campaigns names nobody. Raises
        RosterProblem: why not.
        """
        enrolments = self._by_student_no.get(student_no_hash(self._key, student_no), ())
        here = [found for found in enrolments if campaign in ("", found.campaign.code)]
        welcome = self._welcome(here, now)
        if len(welcome) > 1:
            raise RosterProblem("roster.several")
        return welcome[0]

    def _welcome(self, enrolments: Iterable[Found], now: datetime) -> list[Found]:
        """Those who may be photographed now: at least one. Raises RosterProblem: why there is none."""
        if not self._by_hash:
            raise RosterProblem("roster.empty")
        reasons: dict[str, Found] = {}
        welcome: list[Found] = []
        for found in enrolments:
            reason = self._reason_against(found, now)
            if reason:
                reasons.setdefault(reason, found)
            else:
                welcome.append(found)
        if welcome:
            return welcome
        for reason in _REASONS:
            if reason in reasons:
                raise _problem(reason, reasons[reason])
        raise RosterProblem("roster.unknown")

    def mark_captured(self, student: str, at: datetime | None = None) -> None:
        """Remembers that this station has taken the student's picture; `at` (aware) is now by default."""
        moment = at or datetime.now().astimezone()
        with self._lock:
            self._write_captured({**self._captured, student: moment.isoformat()})

    def _reason_against(self, found: Found, now: datetime) -> str:
        student, campaign = found.student, found.campaign
        if student.state is StudentState.WITHDRAWN:
            return "withdrawn"
        if student.state is StudentState.CAPTURED or student.id in self._captured:
            return "captured"
        today, (first, last) = campaign.day_of(self._corrected(now)), campaign.days()
        if today > last:
            return "expired"
        return "not_open" if today < first else ""

    def _write_captured(self, captured: dict[str, str]) -> None:
        if captured != self._captured:
            _write(self._captured_path, self._vault.seal(json.dumps(captured).encode("utf-8")))
        self._captured = captured

    def _take(self, roster: Roster) -> None:
        self._by_hash = _indexed(roster, lambda student: student.number_hash)
        self._by_student_no = _indexed(roster, lambda student: student.student_no_hash)
        self._drawn_at = roster.drawn_at
        self._hashing, self._progress_base = roster.hashing, roster.progress_base

    def _load(self) -> None:
        """What was on disk. A spoilt file must not keep the station from starting: the server sends another roster, and
        `problem` says it until then."""
        try:
            captured = self._opened(self._captured_path)
            self._captured = json.loads(captured) if captured else {}
            text = self._opened(self._path)
            if text:
                self._take(Roster.model_validate_json(text))
        except (Problem, ValueError, OSError) as error:
            self.problem = Problem("roster.spoilt", path=self._path)
            log.error("%s (%s)", self.problem, type(error).__name__)

    def _opened(self, path: Path) -> bytes | None:
        return self._vault.open(path.read_bytes()) if path.exists() else None


def _indexed(roster: Roster, key: Callable[[WireStudent], str | None]) -> dict[str, tuple[Found, ...]]:
    campaigns = {campaign.code: campaign for campaign in roster.campaigns}
    index: dict[str, tuple[Found, ...]] = {}
    for student in roster.students:
        campaign, known_by = campaigns.get(student.campaign), key(student)
        if campaign is not None and known_by is not None:
            index[known_by] = (*index.get(known_by, ()), Found(student, campaign))
    return index


def _problem(reason: str, found: Found) -> RosterProblem:
    campaign = found.campaign
    first, last = campaign.days()
    day = {"expired": last, "not_open": first}.get(reason)
    values = {"date": f"{day:%Y-%m-%d}"} if day else {}
    return RosterProblem(f"roster.{reason}", school=campaign.school, title=campaign.title, **values)


def _write(path: Path, sealed: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem("upload.disk_full") from error
        raise Problem("roster.not_saved", why=error.strerror) from error
