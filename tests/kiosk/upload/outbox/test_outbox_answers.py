"""Results of the outbox with combinations of clock changes, rejections and damage."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import QueueStats
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.send_queue import MAX_WAIT_S
from kiosk.upload.outbox.sent_log import Confirmation, SentLog
from tests.kiosk.upload.samples import (
    PORTRAIT,
    RECIPE,
    REJECTION,
    VERDICT,
    ManualClock,
    add_ready,
    draft,
    mark_sent,
    stored_file,
)

LEASE = 60.0


def leased(outbox: Outbox) -> str | None:
    item = outbox.lease(LEASE)
    return item.id if item else None


def refuse_after_a_failure(outbox: Outbox, clock: ManualClock) -> str:
    """The visit was rescheduled, and then rejected by the server."""
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", 300)
    clock.advance(300)
    outbox.lease(LEASE)
    outbox.mark_rejected(visit, REJECTION)
    return visit


def test_a_resolved_visit_is_due_at_once_also_if_the_clock_was_set_back(outbox: Outbox, clock: ManualClock) -> None:
    visit = refuse_after_a_failure(outbox, clock)
    clock.advance(-100)
    outbox.retry(visit)
    assert leased(outbox) == visit


def test_a_resolved_visit_has_no_error(outbox: Outbox, clock: ManualClock) -> None:
    visit = refuse_after_a_failure(outbox, clock)
    outbox.retry(visit)
    assert outbox.stats().last_error == ""
    assert [(queued.last_error, queued.rejection) for queued in outbox.entries()] == [("", None)]


def test_after_a_start_a_visit_that_was_being_sent_is_due_at_once_also_if_the_clock_was_set_back(
    outbox: Outbox, clock: ManualClock
) -> None:
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", 300)
    clock.advance(300)
    outbox.lease(LEASE)
    clock.advance(-100)
    outbox.release_leases()
    assert leased(outbox) == visit


def test_the_newest_error_is_the_one_that_is_reported(outbox: Outbox, clock: ManualClock) -> None:
    first, second = add_ready(outbox, "a"), add_ready(outbox, "b")
    outbox.lease(LEASE)
    outbox.lease(LEASE)
    outbox.mark_failed(second, "no network", 30)
    clock.advance(1)
    outbox.mark_rejected(first, REJECTION)
    assert outbox.stats().last_error == REJECTION.en
    clock.advance(30)
    assert leased(outbox) == second
    outbox.mark_failed(second, "too slow", 30)
    assert outbox.stats().last_error == "too slow"


def test_a_negative_pause_counts_as_none(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", -50)
    assert outbox.next_due() == clock.now


def damage(path: Path, values: str, visit: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"UPDATE visits SET {values} WHERE id = ?", [visit])
    other.close()


def test_a_row_that_cannot_be_read_is_tried_again_after_the_longest_wait(
    tmp_path: Path, outbox: Outbox, clock: ManualClock
) -> None:
    broken = add_ready(outbox)
    damage(outbox.path, "consent = '{'", broken)
    with pytest.raises(Problem):
        outbox.lease(LEASE)
    assert outbox.next_due() == clock.now + MAX_WAIT_S
    assert outbox.stats() == QueueStats(
        ready=1,
        unreadable=1,
        oldest_waiting_since=clock.now,
        last_error=str(Problem("upload.unreadable_row", visit=broken)),
    )
    clock.advance(MAX_WAIT_S - 1)
    assert leased(outbox) is None
    clock.advance(1)
    with pytest.raises(Problem, match=broken):
        outbox.lease(LEASE)


def test_a_row_that_cannot_be_read_is_counted_until_it_is_repaired(outbox: Outbox) -> None:
    broken, other = add_ready(outbox, "a"), add_ready(outbox, "b")
    for visit in (broken, other):
        damage(outbox.path, "state = 'rejected', rejection = '{'", visit)
    assert outbox.entries() == []
    assert outbox.stats().unreadable == 2
    outbox.mark_repaired([broken])
    assert outbox.unreadable == {other}


def test_attempts_that_cannot_be_read_start_again(outbox: Outbox) -> None:
    damage(outbox.path, "attempts = 'many'", add_ready(outbox))
    item = outbox.lease(LEASE)
    assert item is not None
    assert item.attempts == 1


def test_a_steady_lease_ends_when_its_time_is_over(tmp_path: Path, clock: ManualClock) -> None:
    steady = ManualClock(0.0)
    outbox = Outbox(tmp_path / "steady.db", clock, monotonic=steady)
    visit = add_ready(outbox)
    assert leased(outbox) == visit
    clock.advance(LEASE)
    steady.advance(LEASE - 0.1)
    assert leased(outbox) is None
    steady.advance(0.1)
    assert leased(outbox) == visit
    outbox.close()


def test_the_next_visit_is_leased_although_earlier_ones_are_being_sent(tmp_path: Path, clock: ManualClock) -> None:
    """Several workers send; the clock was set forward, so that every lease seems to have ended."""
    outbox = Outbox(tmp_path / "steady.db", clock, monotonic=ManualClock(0.0))
    visits = [add_ready(outbox, student) for student in "abc"]
    assert [leased(outbox), leased(outbox)] == visits[:2]
    clock.advance(10 * LEASE)
    assert leased(outbox) == visits[2]
    outbox.close()


def test_the_operator_sees_the_newest_visits_that_the_server_lacks(outbox: Outbox) -> None:
    visits = [add_ready(outbox, student) for student in "abcd"]
    item = outbox.lease(LEASE)
    assert item is not None
    mark_sent(outbox, item)
    assert [queued.id for queued in outbox.unsent_entries(2)] == [visits[3], visits[2]]
    assert [queued.id for queued in outbox.unsent_entries(9)] == [visits[3], visits[2], visits[1]]


def test_the_operator_sees_all_visits_newest_first(outbox: Outbox) -> None:
    visits = [add_ready(outbox, student) for student in "abc"]
    assert [queued.id for queued in outbox.entries()] == visits[::-1]


def test_choosing_and_removing_a_shot_changes_no_other_visit_with_the_same_file(outbox: Outbox) -> None:
    """A late shot of the previous sitter may arrive after shots of the present one, and a simulated camera delivers
    equal files with equal names."""
    first, second = outbox.create(draft("a"), stored_file(b"1")), outbox.create(draft("b"), stored_file(b"1"))
    for visit in (first, second):
        outbox.add_shot(visit, stored_file(b"2"))
    outbox.choose_shot(first, stored_file(b"1"))
    assert outbox.get(first).shot_file == stored_file(b"1")
    assert outbox.get(second).shot_file == stored_file(b"2")
    assert outbox.remove_shot(first, stored_file(b"1"))
    assert [shot.original for shot in outbox.get(second).shots] == [stored_file(b"1"), stored_file(b"2")]


@pytest.mark.parametrize("call", ["choose_shot", "remove_shot"])
def test_a_finished_visit_keeps_its_shots_as_they_are(outbox: Outbox, call: str) -> None:
    visit = add_ready(outbox)
    with pytest.raises(ValueError, match="is ready, not open"):
        getattr(outbox, call)(visit, stored_file())
    assert outbox.get(visit).shot_file == stored_file()


CAMERA = {"model": "Test 1", "firmware": "1.0"}


def test_every_field_of_a_visit_is_read_back(tmp_path: Path, clock: ManualClock) -> None:
    outbox = Outbox(tmp_path / "private.db", clock, FileCipher.load_or_create(tmp_path / "station.key"))
    original = draft(
        "s7", campaign="c7", name="林*舟", identified_by="document", simulated=False, progress_token="t" * 22,
        last_four="123X", last_four_confirmed=True, also_for=("b" * 32,),
    )  # fmt: skip
    visit = outbox.create(original, stored_file(b"1"), CAMERA)
    outbox.add_shot(visit, stored_file(b"2"), {"model": "Test 2"})
    outbox.record_result(visit, stored_file(PORTRAIT), RECIPE, [VERDICT], "a reason", shot=stored_file(b"1"))
    item = outbox.get(visit)
    assert item.draft == original
    assert [(shot.camera, shot.error) for shot in item.shots] == [(CAMERA, "a reason"), ({"model": "Test 2"}, "")]
    assert [shot.portrait and shot.portrait.sha256 for shot in item.shots] == [stored_file(PORTRAIT).sha256, None]
    assert [(queued.started_at, queued.attempts) for queued in outbox.entries()] == [(clock.now, 0)]
    outbox.close()


@pytest.mark.parametrize("private", [{"last_four": "123X"}, {"last_four_confirmed": True}, {"also_for": ("b" * 32,)}])
def test_private_fields_are_not_written_without_a_key(outbox: Outbox, private: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="without a cipher"):
        outbox.create(draft(**private), stored_file())  # type: ignore[arg-type]
    assert outbox.entries() == []


def test_a_visit_encrypted_with_another_key_is_unreadable(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "private.db"
    outbox = Outbox(path, clock, FileCipher.load_or_create(tmp_path / "first.key"))
    visit = outbox.create(draft(last_four="123X"), stored_file())
    outbox.close()
    other = Outbox(path, clock, FileCipher.load_or_create(tmp_path / "second.key"))
    assert (other.open_visits(), other.unreadable) == ([], {visit})
    other.close()


def test_a_row_that_cannot_be_read_is_logged_once(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    damage(outbox.path, "state = 'rejected', rejection = '{'", add_ready(outbox))
    for _ in range(3):
        assert outbox.entries() == []
    assert len([record for record in caplog.records if "cannot be read" in record.message]) == 1


def test_a_sent_visit_is_recorded_with_its_hashes_and_has_no_error(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", 0)
    clock.advance(5)
    item = outbox.lease(LEASE)
    assert item is not None
    mark_sent(outbox, item)
    assert [(queued.state, queued.last_error) for queued in outbox.entries()] == [("sent", "")]
    hashes = frozenset({stored_file().sha256, stored_file(PORTRAIT).sha256})
    assert SentLog(outbox.path.with_name("sent-visits.jsonl")).read() == {visit: Confirmation(clock.now, hashes)}
    [row] = outbox.database.visits.rows
    assert (row["sent_at"], row["outcome"], set(json.loads(row["confirmed_sha256"]))) == (clock.now, "accepted", hashes)


def test_no_personal_data_of_a_sent_visit_is_left(outbox: Outbox, originals: FileStore) -> None:
    visit = outbox.create(draft(progress_token="t" * 22), originals.store(b"shot", "1.jpg"))
    outbox.mark_ready(visit, VisitOutcome.INTERRUPTED)
    item = outbox.lease(LEASE)
    assert item is not None
    mark_sent(outbox, item)
    outbox.purge_sent(originals)
    [row] = outbox.database.visits.rows
    assert [row[name] for name in ("name", "student", "consent", "private", "progress_token")] == ["", "", *[None] * 3]
    assert row["purged_at"] == row["sent_at"]
    assert list(outbox.database.shots.rows) == []


def test_a_file_that_the_server_did_not_confirm_stays(outbox: Outbox, originals: FileStore) -> None:
    shot, portrait = originals.store(b"shot", "1.jpg"), originals.store(PORTRAIT, "p.jpg")
    visit = add_ready(outbox, shot=shot, portrait=portrait)
    item = outbox.lease(LEASE)
    assert item is not None
    mark_sent(outbox, item)
    damage(outbox.path, f"confirmed_sha256 = '{json.dumps([portrait.sha256])}'", visit)
    assert outbox.purge_sent(originals) == 1
    assert (shot.path.exists(), portrait.path.exists()) == (True, False)


def test_the_time_of_a_failure_is_recorded(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    clock.advance(7)
    outbox.mark_failed(visit, "no network", 30)
    [row] = outbox.database.visits.rows
    assert (row["failed_at"], row["retry_at"], row["leased_until"]) == (clock.now, clock.now + 30, None)


def test_files_are_listed_by_path_and_by_name(outbox: Outbox, originals: FileStore) -> None:
    shot, portrait = originals.store(b"shot", "1.jpg"), originals.store(PORTRAIT, "p.jpg")
    visit = outbox.create(draft(), shot)
    assert outbox.files() == {shot.path}
    outbox.record_result(visit, portrait, RECIPE, [VERDICT])
    assert outbox.file_names() == {shot.path.name, portrait.path.name}
