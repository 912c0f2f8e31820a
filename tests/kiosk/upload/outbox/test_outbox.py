"""The outbox: which visits are leased, when, and what is kept of them."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.upload.envelope import SubmissionReceipt, VisitOutcome
from kiosk.upload.outbox.models import OutboxState, QueueStats
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.send_queue import MAX_WAIT_S
from tests.kiosk.upload.samples import (
    NOON,
    PORTRAIT,
    RECIPE,
    REJECTION,
    SHOT,
    VERDICT,
    ManualClock,
    add_ready,
    draft,
    mark_sent,
    receipt_for,
    stored_file,
)


def state_of(outbox: Outbox, visit: str) -> OutboxState:
    return next(queued.state for queued in outbox.entries() if queued.id == visit)


def test_a_visit_is_sent_as_it_was_created(outbox: Outbox) -> None:
    visit = add_ready(outbox, shot=stored_file(SHOT), portrait=stored_file(PORTRAIT, "p.jpg"))
    item = outbox.lease(60)
    assert item is not None
    submission = item.submission()
    assert (submission.id, submission.student, submission.campaign) == (visit, "s1", "c1")
    assert (submission.taken_at, submission.identified_by, submission.simulated) == (NOON, "id_card", True)
    assert submission.consent == draft().consent
    assert (submission.shot.sha256, submission.shot.size) == (stored_file(SHOT).sha256, len(SHOT))
    assert submission.portrait is not None
    assert submission.portrait.sha256 == stored_file(PORTRAIT).sha256
    assert submission.recipe == RECIPE
    assert [verdict.model_dump() for verdict in submission.verdicts] == [VERDICT]
    assert (submission.outcome, submission.error, submission.discarded_shots) == (VisitOutcome.ACCEPTED, "", ())


def test_the_oldest_goes_first(outbox: Outbox, clock: ManualClock) -> None:
    visits = []
    for student in ("a", "b", "c"):
        visits.append(add_ready(outbox, student))
        clock.advance(-5)  # the order is that of creation, whatever the clock does
    leased = [outbox.lease(60) for _ in range(4)]
    assert [item.id if item else None for item in leased] == [*visits, None]


def test_an_open_visit_is_not_leased(outbox: Outbox) -> None:
    visit = outbox.create(draft(), stored_file())
    assert outbox.lease(60) is None
    outbox.mark_ready(visit, VisitOutcome.INTERRUPTED)
    assert outbox.lease(60) is not None


def test_an_expired_lease_is_leased_again(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    assert outbox.lease(60) is not None
    clock.advance(59.9)
    assert outbox.lease(60) is None
    clock.advance(0.2)
    again = outbox.lease(60)
    assert again is not None
    assert (again.id, again.attempts) == (visit, 2)


def test_a_failed_visit_waits_and_does_not_hold_up_the_next(outbox: Outbox, clock: ManualClock) -> None:
    first, second = add_ready(outbox, "a"), add_ready(outbox, "b")
    item = outbox.lease(60)
    assert item is not None
    outbox.mark_failed(item.id, "no network", retry_in=30)
    after = outbox.lease(60)
    assert after is not None
    assert (item.id, after.id) == (first, second)
    assert outbox.next_due() == clock.now + 30
    clock.advance(30)
    again = outbox.lease(60)
    assert again is not None
    assert again.id == first
    assert outbox.stats().last_error == "no network"


def test_a_refused_visit_stays_until_a_person_resolves_it(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(60)
    outbox.mark_rejected(visit, REJECTION)
    clock.advance(10 * MAX_WAIT_S)
    assert outbox.lease(60) is None
    assert outbox.entries()[0].rejection == REJECTION
    assert outbox.stats() == QueueStats(rejected=1, last_error=REJECTION.en)
    outbox.retry(visit)
    again = outbox.lease(60)
    assert again is not None
    assert outbox.entries()[0].rejection is None


def test_sent_only_with_our_own_hashes(outbox: Outbox) -> None:
    visit = add_ready(outbox)
    item = outbox.lease(60)
    assert item is not None
    submission = item.submission()
    for changes in ({"shot_sha256": "0" * 64}, {"portrait_sha256": "0" * 64}, {"portrait_sha256": None}):
        with pytest.raises(Problem) as caught:
            outbox.mark_sent(visit, receipt_for(submission, **changes))
        assert caught.value.key == "upload.wrong_hash"
        assert state_of(outbox, visit) is OutboxState.LEASED
    outbox.mark_sent(visit, receipt_for(submission))
    outbox.mark_sent(visit, receipt_for(submission))
    assert state_of(outbox, visit) is OutboxState.SENT


def test_an_open_visit_is_never_marked_sent(outbox: Outbox) -> None:
    visit = outbox.create(draft(), stored_file())
    receipt = SubmissionReceipt(
        id=visit, state="received", shot_sha256=stored_file().sha256, portrait_sha256=None, progress_url=""
    )
    with pytest.raises(ValueError, match="is open, not ready or leased or rejected"):
        outbox.mark_sent(visit, receipt)
    assert outbox.stats() == QueueStats(open=1)


def test_an_expired_lease_changes_nothing(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(10)
    clock.advance(11)
    item = outbox.lease(10)
    assert item is not None
    mark_sent(outbox, item)
    outbox.mark_failed(visit, "late", 5)
    outbox.mark_rejected(visit, REJECTION)
    assert state_of(outbox, visit) is OutboxState.SENT
    assert outbox.stats() == QueueStats(sent=1)


def test_a_response_after_the_end_of_the_lease_still_counts(outbox: Outbox, clock: ManualClock) -> None:
    add_ready(outbox)
    item = outbox.lease(10)
    assert item is not None
    clock.advance(100)
    mark_sent(outbox, item)
    assert outbox.lease(10) is None


@pytest.mark.parametrize("before", [OutboxState.READY, OutboxState.LEASED, OutboxState.REJECTED])
def test_a_late_receipt_counts_wherever_the_visit_is_by_then(outbox: Outbox, before: OutboxState) -> None:
    """Two workers may have sent the same visit; the receipt of the slower one is valid too."""
    visit = add_ready(outbox)
    item = outbox.lease(60)
    assert item is not None
    if before is OutboxState.READY:
        outbox.mark_failed(visit, "cable", 0.0)
    elif before is OutboxState.REJECTED:
        outbox.mark_rejected(visit, REJECTION)
    assert state_of(outbox, visit) is before
    mark_sent(outbox, item)
    assert outbox.stats() == QueueStats(sent=1)
    [entry] = outbox.entries()
    assert (entry.rejection, entry.last_error) == (None, "")


def test_a_clock_set_back_does_not_freeze_the_queue(outbox: Outbox, clock: ManualClock) -> None:
    """A station that booted with a wrong date leaves times that are years ahead."""
    failed, leased = add_ready(outbox, "a"), add_ready(outbox, "b")
    clock.advance(10 * 365 * 86_400)
    outbox.lease(60)
    outbox.lease(60)
    outbox.mark_failed(failed, "no network", 300)
    clock.advance(-10 * 365 * 86_400)
    items = [outbox.lease(60), outbox.lease(60)]
    assert [item.id for item in items if item] == [failed, leased]


def test_pauses_and_leases_have_a_cap(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(1e9)
    assert outbox.next_due() == clock.now + MAX_WAIT_S
    outbox.mark_failed(visit, "x", 1e9)
    assert outbox.next_due() == clock.now + MAX_WAIT_S


def test_a_retake_is_the_chosen_one_and_the_earlier_shot_is_listed(outbox: Outbox, clock: ManualClock) -> None:
    visit = outbox.create(draft(), stored_file(b"first"))
    outbox.record_result(visit, stored_file(b"first portrait"), RECIPE, [VERDICT])
    clock.now = datetime(2026, 5, 20, 12, 1, tzinfo=UTC).timestamp()
    outbox.add_shot(visit, stored_file(b"second"))
    assert outbox.get(visit).portrait_file is None  # the first shot's portrait is not the second's
    outbox.record_result(visit, None, {}, [], error="no face")
    outbox.mark_ready(visit, VisitOutcome.INTERRUPTED)
    submission = outbox.get(visit).submission()
    assert submission.shot.sha256 == stored_file(b"second").sha256
    assert submission.discarded_shots == (stored_file(b"first").sha256,)
    assert submission.taken_at == datetime(2026, 5, 20, 12, 1, tzinfo=UTC)
    assert (submission.portrait, submission.recipe, submission.error) == (None, None, "no face")


def test_a_visit_without_portrait_has_a_reason(outbox: Outbox) -> None:
    visit = outbox.create(draft(), stored_file())
    outbox.mark_ready(visit, VisitOutcome.INTERRUPTED)
    assert outbox.get(visit).submission().error == str(Problem("upload.no_portrait"))


def test_invalid_verdicts_are_rejected_when_recorded(outbox: Outbox) -> None:
    visit = outbox.create(draft(), stored_file())
    with pytest.raises(ValidationError):
        outbox.record_result(visit, None, {}, [{"rule": "eyes_open"}])
    assert outbox.get(visit).error == ""


@pytest.mark.parametrize("call", ["add_shot", "record_result", "mark_ready", "retry"])
def test_nothing_is_changed_in_the_wrong_state(outbox: Outbox, call: str) -> None:
    visit = add_ready(outbox)
    calls = {
        "add_shot": lambda: outbox.add_shot(visit, stored_file()),
        "record_result": lambda: outbox.record_result(visit, None, {}, []),
        "mark_ready": lambda: outbox.mark_ready(visit, VisitOutcome.ACCEPTED),
        "retry": lambda: outbox.retry(visit),
    }
    with pytest.raises(ValueError, match="is ready, not"):
        calls[call]()


def test_an_unknown_visit_is_an_error(outbox: Outbox) -> None:
    with pytest.raises(KeyError):
        outbox.mark_ready("0" * 32, VisitOutcome.ACCEPTED)
    with pytest.raises(KeyError):
        outbox.get("0" * 32)


def test_open_visits_are_those_of_a_crash(outbox: Outbox) -> None:
    bare = outbox.create(draft("a"), stored_file())
    developed = outbox.create(draft("b"), stored_file())
    outbox.record_result(developed, stored_file(PORTRAIT), RECIPE, [VERDICT])
    add_ready(outbox, "c")
    items = outbox.open_visits()
    assert [(item.id, item.portrait_file is None, item.error) for item in items] == [
        (bare, True, ""),
        (developed, False, ""),
    ]


def test_stats_have_the_start_of_the_oldest_wait(outbox: Outbox, clock: ManualClock) -> None:
    assert outbox.stats() == QueueStats()
    outbox.create(draft(), stored_file())
    since = clock.now
    add_ready(outbox, "a")
    clock.advance(100)
    add_ready(outbox, "b")
    outbox.lease(60)
    counts = outbox.stats()
    assert counts == QueueStats(open=1, ready=1, leased=1, oldest_waiting_since=since)
    assert counts.waiting == 2


def test_pictures_and_personal_data_of_a_sent_visit_are_purged(
    tmp_path: Path, outbox: Outbox, originals: FileStore
) -> None:
    shots = [originals.store(f"shot {n}".encode(), f"{n}.jpg") for n in range(3)]
    portrait = originals.store(PORTRAIT, "p.jpg")
    sent = outbox.create(draft("sent-student"), shots[0])
    outbox.add_shot(sent, shots[1])
    outbox.record_result(sent, portrait, RECIPE, [VERDICT])
    outbox.mark_ready(sent, VisitOutcome.ACCEPTED)
    waiting = add_ready(outbox, "waiting-student", shot=shots[2])
    assert outbox.files() == {*(shot.path for shot in shots), portrait.path, stored_file(PORTRAIT, "portrait.jpg").path}
    assert outbox.waiting_students() == {"sent-student", "waiting-student"}
    assert outbox.purge_sent(originals) == 0
    item = outbox.lease(60)
    assert item is not None
    mark_sent(outbox, item)
    assert outbox.waiting_students() == {"waiting-student"}

    assert outbox.purge_sent(originals) == 1
    assert outbox.purge_sent(originals) == 0
    assert [shot.path.exists() for shot in shots] == [False, False, True]
    assert not portrait.path.exists()
    assert {queued.id: queued.name for queued in outbox.entries()} == {sent: "", waiting: "王*明"}
    outbox.mark_sent(sent, receipt_for(item.submission()))  # a late second response is harmless
    outbox.close()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("outbox.db*"))
    assert b"waiting-student" in on_disk
    assert b"sent-student" not in on_disk


def test_a_row_that_cannot_be_understood_is_put_off_and_reported(tmp_path: Path, outbox: Outbox) -> None:
    broken, sound = add_ready(outbox, "a"), add_ready(outbox, "b")
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("UPDATE visits SET consent = '{' WHERE id = ?", [broken])
    other.close()
    with pytest.raises(Problem) as caught:
        outbox.lease(60)
    assert caught.value.key == "upload.unreadable_row"
    item = outbox.lease(60)
    assert item is not None
    assert item.id == sound
    assert broken in outbox.stats().last_error


def test_two_workers_never_lease_the_same_visit(tmp_path: Path, outbox: Outbox, clock: ManualClock) -> None:
    """Two connections stand for two processes, with several threads on each."""
    visits = {add_ready(outbox, f"s{n}") for n in range(24)}
    second = Outbox(tmp_path / "outbox.db", clock)
    start = threading.Barrier(6)

    def take(box: Outbox) -> list[str]:
        start.wait()
        leased = []
        while (item := box.lease(60)) is not None:
            leased.append(item.id)
        return leased

    with ThreadPoolExecutor(6) as pool:
        leased = [visit for part in pool.map(take, [outbox, second] * 3) for visit in part]
    second.close()
    assert len(leased) == len(visits)
    assert set(leased) == visits


def test_create_stores_shot_and_student_or_nothing(
    tmp_path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("insert failed")

    monkeypatch.setattr(outbox, "_insert_shot", fail)
    with pytest.raises(RuntimeError, match="insert failed"):
        outbox.create(draft(), stored_file())
    monkeypatch.undo()
    assert outbox.entries() == []
    outbox.create(draft(), stored_file())
    assert len(outbox.open_visits()) == 1


def test_a_full_disk_is_reported_and_nothing_is_half_written(tmp_path: Path, outbox: Outbox) -> None:
    visit = outbox.create(draft("before"), stored_file())
    connection = outbox.database._db.conn
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then reports a full disk

    def fill() -> None:
        for n in range(500):
            outbox.create(draft(f"after {n}"), stored_file())

    with pytest.raises(Problem) as caught:
        fill()
    assert caught.value.key == "upload.disk_full"
    connection.execute("PRAGMA max_page_count = 100000")
    assert all(item.shot_file == stored_file() for item in outbox.open_visits())
    assert outbox.open_visits()[0].id == visit
    outbox.create(draft("again"), stored_file())


def test_an_outbox_of_a_newer_program_is_left_alone(tmp_path: Path, outbox: Outbox) -> None:
    outbox.close()
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(Problem) as caught:
        Outbox(tmp_path / "outbox.db")
    assert caught.value.key == "upload.outbox_newer"


def test_a_file_that_is_no_outbox_is_reported_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(Problem) as caught:
        Outbox(path)
    assert caught.value.key == "upload.outbox_error"
    assert path.read_bytes() == b"no database at all" * 100


def test_an_outbox_is_readable_by_its_owner_only(tmp_path: Path, outbox: Outbox) -> None:
    add_ready(outbox)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("outbox.db*")} == {0}


def test_the_result_of_every_method_survives_opening_again(tmp_path: Path, outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    second = Outbox(tmp_path / "outbox.db", clock)
    assert [queued.id for queued in second.entries()] == [visit]
    assert second.database.rows("PRAGMA synchronous")[0]["synchronous"] == 2  # FULL
    assert second.database.rows("PRAGMA journal_mode")[0]["journal_mode"] == "wal"
    second.close()
