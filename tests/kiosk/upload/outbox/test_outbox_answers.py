"""Answers of the outbox that decide when a visit goes on, where clocks, refusals and damage come together."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.upload.outbox.models import QueueStats
from kiosk.upload.outbox.outbox import MAX_WAIT_S, Outbox
from tests.kiosk.upload.samples import REJECTION, ManualClock, add_ready, draft, mark_sent, stored_file

LEASE = 60.0


def leased(outbox: Outbox) -> str | None:
    item = outbox.lease(LEASE)
    return item.id if item else None


def refuse_after_a_failure(outbox: Outbox, clock: ManualClock) -> str:
    """The visit was put off for a while, and then the server said no."""
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", 300)
    clock.advance(300)
    outbox.lease(LEASE)
    outbox.mark_rejected(visit, REJECTION)
    return visit


def test_what_a_person_resolved_is_due_at_once_also_where_the_clock_was_set_back(
    outbox: Outbox, clock: ManualClock
) -> None:
    visit = refuse_after_a_failure(outbox, clock)
    clock.advance(-100)
    outbox.retry(visit)
    assert leased(outbox) == visit


def test_what_a_person_resolved_is_no_error_any_more(outbox: Outbox, clock: ManualClock) -> None:
    visit = refuse_after_a_failure(outbox, clock)
    outbox.retry(visit)
    assert outbox.stats().last_error == ""
    assert [(queued.last_error, queued.rejection) for queued in outbox.entries()] == [("", None)]


def test_after_a_start_what_was_being_sent_is_due_at_once_also_where_the_clock_was_set_back(
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


def test_a_pause_below_nothing_is_none(outbox: Outbox, clock: ManualClock) -> None:
    visit = add_ready(outbox)
    outbox.lease(LEASE)
    outbox.mark_failed(visit, "no network", -50)
    assert outbox.next_due() == clock.now


def damage(path: Path, values: str, visit: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"UPDATE visits SET {values} WHERE id = ?", [visit])
    other.close()


def test_a_row_that_cannot_be_read_comes_again_after_the_longest_wait_and_not_before(
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


def test_attempts_that_cannot_be_read_begin_anew(outbox: Outbox) -> None:
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


def test_behind_all_that_is_being_sent_the_next_is_found(tmp_path: Path, clock: ManualClock) -> None:
    """Several workers; the clock was set forward, so that every lease seems to be over."""
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


def test_a_choice_and_a_drop_touch_no_other_visit_with_the_same_file(outbox: Outbox) -> None:
    """A late shot of the sitter before lies behind those of the present one; and a simulated camera delivers the same
    bytes under the same name again and again."""
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
