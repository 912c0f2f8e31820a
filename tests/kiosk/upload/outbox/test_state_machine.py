"""Any order of events: no visit is lost, none is leased twice, and only visits on the server are purged."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from kiosk.capture.storage import FileStore, StoredFile
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.samples import RECIPE, REJECTION, VERDICT, ManualClock, draft, receipt_for

LEASE = 60.0


class OutboxMachine(RuleBasedStateMachine):
    """Compares the outbox with `model`, the expected state of each visit."""

    visits = Bundle("visits")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.path = Path(self.folder.name) / "outbox.db"
        self.outbox = Outbox(self.path, self.clock)
        self.originals = FileStore(Path(self.folder.name) / "files")
        self.model: dict[str, OutboxState] = {}
        self.due: dict[str, float] = {}
        self.files: dict[str, list[StoredFile]] = {}
        self.on_server: set[str] = set()
        self.number = 0

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()

    def _store(self) -> StoredFile:
        self.number += 1
        return self.originals.store(f"picture {self.number}".encode(), "p.jpg")

    @rule(target=visits)
    def begin(self) -> str:
        shot = self._store()
        visit = self.outbox.create(draft(f"s{self.number}"), shot)
        self.model[visit], self.files[visit] = OutboxState.OPEN, [shot]
        return visit

    @rule(visit=visits, developed=st.booleans())
    def retake(self, visit: str, developed: bool) -> None:
        if self.model[visit] is OutboxState.OPEN:
            self.files[visit].append(self._store())
            self.outbox.add_shot(visit, self.files[visit][-1])
            if developed:
                self.files[visit].append(self._store())
                self.outbox.record_result(visit, self.files[visit][-1], RECIPE, [VERDICT])

    @rule(visit=visits)
    def finish(self, visit: str) -> None:
        if self.model[visit] is OutboxState.OPEN:
            self.outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
            self.model[visit], self.due[visit] = OutboxState.READY, 0.0

    @rule(seconds=st.sampled_from([0.0, 1.0, LEASE / 2, LEASE, 500.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def _lease(self) -> str | None:
        expected = next(
            (
                visit
                for visit, state in self.model.items()
                if state in (OutboxState.READY, OutboxState.LEASED) and self.due[visit] <= self.clock.now
            ),
            None,
        )
        item = self.outbox.lease(LEASE)
        assert (item.id if item else None) == expected
        if item is not None:
            assert [shot.original for shot in item.shots] == [
                file for file in self.files[item.id] if file in self._shots(item.id)
            ]
            self.model[item.id], self.due[item.id] = OutboxState.LEASED, self.clock.now + LEASE
        return expected

    def _shots(self, visit: str) -> list[StoredFile]:
        return [shot.original for shot in self.outbox.get(visit).shots]

    @rule()
    def lease_and_crash(self) -> None:
        self._lease()

    @rule(retry_in=st.sampled_from([0.0, 30.0, 300.0]))
    def lease_and_fail(self, retry_in: float) -> None:
        visit = self._lease()
        if visit:
            self.outbox.mark_failed(visit, "no network", retry_in)
            self.model[visit], self.due[visit] = OutboxState.READY, self.clock.now + retry_in

    @rule(response_arrives=st.booleans())
    def lease_and_send(self, response_arrives: bool) -> None:
        visit = self._lease()
        if visit:
            self.on_server.add(visit)
            if response_arrives:
                self.outbox.mark_sent(visit, receipt_for(self.outbox.get(visit).submission()))
                self.model[visit] = OutboxState.SENT

    @rule()
    def lease_and_be_refused(self) -> None:
        visit = self._lease()
        if visit:
            self.outbox.mark_rejected(visit, REJECTION)
            self.model[visit] = OutboxState.REJECTED

    @rule(visit=visits)
    def resolve(self, visit: str) -> None:
        if self.model[visit] is OutboxState.REJECTED:
            self.outbox.retry(visit)
            self.model[visit], self.due[visit] = OutboxState.READY, 0.0

    @rule()
    def purge(self) -> None:
        self.outbox.purge_sent(self.originals)
        for visit, state in self.model.items():
            if state is OutboxState.SENT:
                assert not any(file.path.exists() for file in self.files[visit])

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = Outbox(self.path, self.clock)

    @invariant()
    def every_visit_has_the_expected_state(self) -> None:
        assert {queued.id: queued.state for queued in self.outbox.entries()} == self.model

    @invariant()
    def files_of_unsent_visits_are_kept(self) -> None:
        for visit, state in self.model.items():
            if state is OutboxState.SENT:
                assert visit in self.on_server
            else:
                assert all(file.path.exists() for file in self.files[visit])


OutboxMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestOutbox = OutboxMachine.TestCase
