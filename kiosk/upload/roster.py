"""The offline roster: the expected students, encrypted on disk, so that cards can be looked up without a network."""

from __future__ import annotations

import errno
import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from config import garbage_collection
from config.atomic_file import make_private_folder, write_atomic
from config.errors import Problem
from kiosk.upload.eligibility import REASONS_BY_PRIORITY, Ineligibility, ineligibility
from kiosk.upload.encryption import FileCipher
from kiosk.upload.number_hashing import candidate_hashes, number_hash, student_no_hash
from kiosk.upload.roster_index import Enrolment, EnrolmentsByHash, RosterIndex, build_index
from kiosk.upload.roster_payload import CampaignPayload, RosterPayload

log = logging.getLogger(__name__)


class RosterProblem(Problem):
    """This student may not be photographed now. Keys: `roster.<reason>`.

    Reasons: empty, unknown, those of kiosk.upload.eligibility; for a student number also several (it occurs in more
    than one open campaign).
    """


@dataclass(frozen=True)
class _LastLookup:
    """The result of the last slow lookup in this index: `number_hash` is the number's fast hash,
    `roster_hash` the one in the roster, "" if it has none."""

    index: EnrolmentsByHash | None = None
    number_hash: str = ""
    roster_hash: str = ""


class Roster:
    """`path` is the encrypted file; next to it, `<name>.captured` contains the students that this station has
    photographed since, encrypted as well.

    `pending_students` returns the students whose visit has not reached the server: a new roster does not include these
    captures yet. `to_server_time` converts a time of this station's clock to the server's. Any thread may call;
    `problem` is set while the file on disk could not be read.
    """

    def __init__(
        self,
        path: Path,
        cipher: FileCipher,
        roster_key: str,
        pending_students: Callable[[], Collection[str]] = frozenset,
        to_server_time: Callable[[datetime], datetime] = lambda moment: moment,
    ) -> None:
        self._path = path
        self._captured_path = path.with_name(f"{path.name}.captured")
        self._cipher = cipher
        self._key = roster_key
        self._pending_students = pending_students
        self._to_server_time = to_server_time
        self._index = RosterIndex()
        self._last_lookup = _LastLookup()
        self._lock = threading.Lock()
        self.problem: Problem | None = None
        self._load()

    @property
    def generated_at(self) -> datetime | None:
        """When the server generated the roster; None before the first one."""
        return self._index.generated_at

    @property
    def progress_base(self) -> str:
        """The address to which a receipt's progress token is appended; "" if the server sends none."""
        return self._index.progress_base

    def __len__(self) -> int:
        return sum(len(enrolments) for enrolments in self._index.by_number.values())

    def campaign(self, code: str) -> CampaignPayload | None:
        """Return the campaign with that code, if anybody in the roster belongs to it."""
        campaigns = (one.campaign for enrolments in self._index.by_number.values() for one in enrolments)
        return next((campaign for campaign in campaigns if campaign.code == code), None)

    def pending_students(self) -> frozenset[str]:
        """Return the students whose visit has not reached the server. Call it before a roster is requested; see
        `replace`."""
        return frozenset(self._pending_students())

    def captured_students(self) -> dict[str, str]:
        """Return the students that this station has photographed, and when. Call it before a roster is requested; see
        `replace`."""
        return dict(self._index.captured)

    def replace(
        self,
        roster: RosterPayload,
        pending_at_request: Collection[str] = (),
        captured_at_request: Mapping[str, str] | None = None,
    ) -> None:
        """Replace the roster, on disk first. Raises Problem (upload.disk_full, roster.not_saved); then the old one
        stays.

        A student counts as captured by this station while the visit waits here, or waited when this roster was
        requested (`pending_at_request`), or was captured since (is not in `captured_at_request`): the server may have
        generated the roster before the visit arrived. For everybody else the server's state counts: the picture may
        have to be taken again. No clocks are compared.
        """
        with self._lock:
            _write(self._path, self._cipher.encrypt(roster.model_dump_json(exclude_defaults=True).encode("utf-8")))
            marks = self._index.captured
            known = marks if captured_at_request is None else captured_at_request
            since = {who for who, at in marks.items() if known.get(who) != at}
            unknown_to_server = {*self._pending_students(), *pending_at_request, *since}
            captured = {who: at for who, at in marks.items() if who in unknown_to_server}
            self._write_captured(captured)
            self._index = build_index(roster, captured)
            self.problem = None

    def precompute_hash(self, number: str) -> None:
        """Compute the hash that `find` needs for this number: about 0.1 s of processor time, on the thread of the
        card reader, so that the screen does not freeze. Only the last number is cached, as a hash."""
        self._hash_of(self._index, number)

    def find(self, number: str, now: datetime) -> Enrolment:
        """Return the first enrolment of `find_all`."""
        return self.find_all(number, now)[0]

    def find_all(self, number: str, now: datetime) -> list[Enrolment]:
        """Return the enrolments of the person with this ID number that may be photographed `now` (aware), at least one.
        Raises RosterProblem with the reason if there is none."""
        index = self._index
        return self._eligible(index, index.by_number.get(self._hash_of(index, number), ()), now)

    def _hash_of(self, index: RosterIndex, number: str) -> str:
        """Return the roster's hash of the number; "" if it has none."""
        fast_hash, last = number_hash(self._key, number), self._last_lookup
        if index.hashing is None:
            return fast_hash
        if last.index is index.by_number and last.number_hash == fast_hash:
            return last.roster_hash
        candidates = candidate_hashes(self._key, number.strip().upper(), index.hashing)
        roster_hash = next((candidate for candidate in candidates if candidate in index.by_number), "")
        self._last_lookup = _LastLookup(index.by_number, fast_hash, roster_hash)
        return roster_hash

    def find_student_no(self, student_no: str, now: datetime, campaign: str = "") -> Enrolment:
        """Return the student with this student number (学号), in that campaign if given, who may be photographed.

        Student numbers are unique within a school only: one that is expected in two campaigns is ambiguous. Raises
        RosterProblem with the reason.
        """
        index = self._index
        enrolments = index.by_student_no.get(student_no_hash(self._key, student_no), ())
        candidates = [enrolment for enrolment in enrolments if campaign in ("", enrolment.campaign.code)]
        eligible = self._eligible(index, candidates, now)
        if len(eligible) > 1:
            raise RosterProblem("roster.several")
        return eligible[0]

    def _eligible(self, index: RosterIndex, enrolments: Iterable[Enrolment], now: datetime) -> list[Enrolment]:
        """Return those who may be photographed now, at least one. Raises RosterProblem with the reason if there is
        none."""
        if not index.by_number:
            raise RosterProblem("roster.empty")
        problems: dict[str, RosterProblem] = {}
        eligible: list[Enrolment] = []
        moment = self._to_server_time(now)
        for enrolment in enrolments:
            why = ineligibility(enrolment, enrolment.student.id in index.captured, moment)
            if why is None:
                eligible.append(enrolment)
            else:
                problems.setdefault(why.reason, _roster_problem(why, enrolment.campaign))
        if eligible:
            return eligible
        first = next((problems[reason] for reason in REASONS_BY_PRIORITY if reason in problems), None)
        raise first or RosterProblem("roster.unknown")

    def mark_captured(self, student: str, at: datetime | None = None) -> None:
        """Record that this station has taken the student's picture; `at` (aware) is now by default."""
        moment = at or datetime.now().astimezone()
        with self._lock:
            captured = {**self._index.captured, student: moment.isoformat()}
            self._write_captured(captured)
            self._index = replace(self._index, captured=captured)

    def _write_captured(self, captured: Mapping[str, str]) -> None:
        if captured != self._index.captured:
            _write(self._captured_path, self._cipher.encrypt(json.dumps(captured).encode("utf-8")))

    def _load(self) -> None:
        """Load the file on disk. A damaged file must not keep the station from starting: the server sends another
        roster, and `problem` reports the damage until then."""
        try:
            marks = self._decrypted(self._captured_path)
            captured = json.loads(marks) if marks else {}
            self._index = RosterIndex(captured=captured)
            text = self._decrypted(self._path)
            if text:
                with garbage_collection.paused():
                    self._index = build_index(RosterPayload.model_validate_json(text), captured)
        except (Problem, ValueError, OSError) as error:
            self.problem = Problem("roster.damaged", path=self._path)
            log.error("%s (%s)", self.problem, type(error).__name__)

    def _decrypted(self, path: Path) -> bytes | None:
        return self._cipher.decrypt(path.read_bytes()) if path.exists() else None


def _roster_problem(why: Ineligibility, campaign: CampaignPayload) -> RosterProblem:
    values = {"date": f"{why.day:%Y-%m-%d}"} if why.day else {}
    return RosterProblem(f"roster.{why.reason}", school=campaign.school, title=campaign.title, **values)


def _write(path: Path, encrypted: bytes) -> None:
    try:
        make_private_folder(path.parent)
        write_atomic(path, encrypted)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem("upload.disk_full") from error
        raise Problem("roster.not_saved", why=error.strerror) from error
