"""A visit that this process is sending is leased once, and can be leased again as soon as sending has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.send_queue import MAX_WAIT_S
from tests.kiosk.upload.samples import PORTRAIT, REJECTION, SHOT, ManualClock, add_ready, draft, mark_sent, stored_file

LEASE = 600.0


@pytest.fixture
def steady() -> ManualClock:
    return ManualClock(50.0)


@pytest.fixture
def sending(tmp_path: Path, clock: ManualClock, steady: ManualClock) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "steady.db", clock, monotonic=steady)
    yield box
    box.close()


def test_a_clock_that_is_set_forward_leases_nothing_twice(
    sending: Outbox, clock: ManualClock, steady: ManualClock
) -> None:
    add_ready(sending)
    assert sending.lease(LEASE) is not None
    clock.advance(LEASE + 1)  # the clock is set; no time passes
    assert sending.lease(LEASE) is None
    steady.advance(LEASE + 1)
    assert sending.lease(LEASE) is not None


def _failed(box: Outbox, visit: str) -> None:
    box.mark_failed(visit, "no network", retry_in=5)


def _refused(box: Outbox, visit: str) -> None:
    box.mark_rejected(visit, REJECTION)
    box.retry(visit)


def _reclaimed(box: Outbox, visit: str) -> None:
    box.release_leases()


@pytest.mark.parametrize("end", [_failed, _refused, _reclaimed])
def test_it_can_be_leased_again_once_sending_has_ended_before_its_lease(
    sending: Outbox, clock: ManualClock, end: Callable[[Outbox, str], None]
) -> None:
    visit = add_ready(sending)
    assert sending.lease(LEASE) is not None
    end(sending, visit)
    clock.advance(5)
    again = sending.lease(LEASE)
    assert again is not None
    assert again.id == visit


def test_a_row_that_cannot_be_read_is_not_being_sent(sending: Outbox, clock: ManualClock) -> None:
    visit = add_ready(sending)
    with sending.database.transaction():
        sending.database.update("visits", {"consent": "{"}, "id = :id", id=visit)
    with pytest.raises(Problem, match=visit):
        sending.lease(LEASE)
    clock.advance(MAX_WAIT_S)  # the clock is set; no time passes
    with pytest.raises(Problem, match=visit):
        sending.lease(LEASE)


def test_sent_visits_are_purged(sending: Outbox, clock: ManualClock) -> None:
    first = add_ready(sending, "a")
    item = sending.lease(LEASE)
    assert item is not None
    mark_sent(sending, item)
    second = add_ready(sending, "b")
    after = sending.lease(LEASE)
    assert after is not None
    assert [item.id, after.id] == [first, second]
    assert set(sending._leases) == {second}, "ended leases do not accumulate"


def test_of_three_shots_any_can_be_chosen_and_the_newest_choice_counts(outbox: Outbox) -> None:
    shots = [stored_file(SHOT + bytes([number]), f"IMG_{number}.JPG") for number in range(3)]
    visit = outbox.create(draft(), shots[0])
    for shot in shots[1:]:
        outbox.add_shot(visit, shot)
    for choice in (0, 2, 1, 0):
        outbox.choose_shot(visit, shots[choice])
        assert outbox.get(visit).chosen_shot.original.sha256 == shots[choice].sha256
    assert len(outbox.get(visit).shots) == 3


def test_a_visit_whose_only_shot_was_never_written_is_removed_and_no_other(outbox: Outbox) -> None:
    other = outbox.create(draft("b"), stored_file(PORTRAIT, "b.jpg"))
    visit = outbox.create(draft("a"), stored_file(SHOT))
    outbox.add_shot(visit, stored_file(SHOT + b"2", "second.jpg"))
    assert outbox.remove_shot(visit, stored_file(SHOT + b"2", "second.jpg"))
    assert not outbox.remove_shot(visit, stored_file(SHOT))
    assert [queued.id for queued in outbox.entries()] == [other]
