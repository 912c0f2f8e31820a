"""A visit that this process is sending is handed out once, and is free again as soon as its sending is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.samples import PORTRAIT, REFUSED, SHOT, HandClock, accept, add_ready, draft, kept

LEASE = 600.0


@pytest.fixture
def steady() -> HandClock:
    return HandClock(50.0)


@pytest.fixture
def sending(tmp_path: Path, clock: HandClock, steady: HandClock) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "steady.db", clock, steady=steady)
    yield box
    box.close()


def test_a_clock_that_is_set_forward_hands_nothing_out_twice(
    sending: Outbox, clock: HandClock, steady: HandClock
) -> None:
    add_ready(sending)
    assert sending.lease(LEASE) is not None
    clock.later(LEASE + 1)  # set, not passed
    assert sending.lease(LEASE) is None
    steady.later(LEASE + 1)
    assert sending.lease(LEASE) is not None


def _failed(box: Outbox, visit: str) -> None:
    box.failed(visit, "no network", retry_in=5)


def _refused(box: Outbox, visit: str) -> None:
    box.refused(visit, REFUSED)
    box.resend(visit)


def _reclaimed(box: Outbox, visit: str) -> None:
    box.reclaim()


@pytest.mark.parametrize("end", [_failed, _refused, _reclaimed])
def test_it_is_free_again_once_its_sending_is_over_long_before_its_lease(
    sending: Outbox, clock: HandClock, end: Callable[[Outbox, str], None]
) -> None:
    visit = add_ready(sending)
    assert sending.lease(LEASE) is not None
    end(sending, visit)
    clock.later(5)
    again = sending.lease(LEASE)
    assert again is not None
    assert again.id == visit


def test_what_was_sent_makes_room(sending: Outbox, clock: HandClock) -> None:
    first = add_ready(sending, "a")
    item = sending.lease(LEASE)
    assert item is not None
    accept(sending, item)
    second = add_ready(sending, "b")
    after = sending.lease(LEASE)
    assert after is not None
    assert [item.id, after.id] == [first, second]


def test_of_three_shots_any_can_be_chosen_and_the_newest_choice_counts(outbox: Outbox) -> None:
    shots = [kept(SHOT + bytes([number]), f"IMG_{number}.JPG") for number in range(3)]
    visit = outbox.begin(draft(), shots[0])
    for shot in shots[1:]:
        outbox.add_shot(visit, shot)
    for choice in (0, 2, 1, 0):
        outbox.choose(visit, shots[choice])
        assert outbox.item(visit).chosen.original.sha256 == shots[choice].sha256
    assert len(outbox.item(visit).shots) == 3


def test_a_visit_whose_only_shot_never_came_to_be_is_forgotten_and_no_other(outbox: Outbox) -> None:
    other = outbox.begin(draft("b"), kept(PORTRAIT, "b.jpg"))
    visit = outbox.begin(draft("a"), kept(SHOT))
    outbox.add_shot(visit, kept(SHOT + b"2", "second.jpg"))
    assert outbox.drop_shot(visit, kept(SHOT + b"2", "second.jpg"))
    assert not outbox.drop_shot(visit, kept(SHOT))
    assert [queued.id for queued in outbox.items()] == [other]
