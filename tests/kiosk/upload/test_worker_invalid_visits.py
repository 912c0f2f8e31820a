"""A visit that can never be sent waits for a person, and does not block others."""

from __future__ import annotations

import logging
from typing import cast

import pytest
from pydantic import TypeAdapter, ValidationError

from config.errors import Problem
from kiosk.upload.envelope import Consent, Rejection
from kiosk.upload.errors import SubmissionRejected
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.worker import UploadStopped
from tests.kiosk.upload.samples import REJECTION
from tests.kiosk.upload.test_worker import DOWN, WorkerHarness, bench

__all__ = ["bench"]


def states(bench: WorkerHarness) -> list[OutboxState]:
    return [queued.state for queued in bench.outbox.entries()]


@pytest.mark.parametrize("error", [ValueError("too long"), TypeError("not a number"), KeyError("sha256")], ids=repr)
def test_an_invalid_visit_is_set_aside_and_the_others_are_sent(
    bench: WorkerHarness, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    for student in "abc":
        bench.add(student)
    bench.client.script = [None, cast(Problem, error)]
    with caplog.at_level(logging.ERROR):
        assert bench.run() == ["a", "b", "c"]
    assert sorted(states(bench)) == sorted([OutboxState.SENT, OutboxState.REJECTED, OutboxState.SENT])
    assert bench.statuses == [None, "upload.invalid_visit", None]
    assert "its photos are safe on this station" in caplog.text
    (refused,) = (queued.rejection for queued in bench.outbox.entries() if queued.rejection)
    assert refused.reason == "invalid_visit"
    assert refused.zh_CN != refused.en
    assert len(list(bench.originals.folder.iterdir())) == 2, "its pictures stay"


def test_a_visit_being_sent_when_the_station_stops_is_due_at_once(bench: WorkerHarness) -> None:
    bench.add("a")
    bench.client.script = [cast(Problem, UploadStopped())]
    assert not bench.worker.send_next()
    assert states(bench) == [OutboxState.READY]
    assert (bench.statuses, bench.outbox.stats().last_error) == ([], "")
    assert bench.run() == ["a"]
    assert states(bench) == [OutboxState.SENT]


def test_after_a_refusal_the_pauses_start_again(bench: WorkerHarness) -> None:
    """A server that refuses a visit is reachable."""
    bench.add("a")
    for _ in range(3):
        bench.client.script = [DOWN]
        bench.run()
        bench.clock.advance(1000)
    bench.client.script = [SubmissionRejected("upload.refused", REJECTION)]
    bench.run()
    bench.add("b")
    bench.client.script = [DOWN]
    bench.run()
    bench.clock.advance(9)
    assert bench.run() == []
    bench.clock.advance(1.5)
    assert bench.run() == ["b"], "after the first pause"


def test_the_operator_sees_which_field_is_wrong_and_not_its_value(bench: WorkerHarness) -> None:
    """The value may identify a person."""
    with pytest.raises(ValidationError) as caught:
        Rejection.model_validate({"reason": ["990101200301020011"], "zh_CN": 7, "en": "x"})
    first = caught.value.errors()[0]
    bench.add("a")
    bench.add("b")
    bench.client.script = [cast(Problem, caught.value), cast(Problem, KeyError("990101200301020011"))]
    assert bench.run() == ["a", "b"]
    by_name, by_field = (queued.last_error for queued in bench.outbox.entries())
    assert by_field == str(Problem("upload.invalid_visit", why=f"reason: {first['msg']}"))
    assert by_name == str(Problem("upload.invalid_visit", why="KeyError"))
    assert "990101" not in by_field + by_name
    rejection = bench.outbox.entries()[0].rejection
    problem = Problem("upload.invalid_visit", why="KeyError")
    assert rejection == Rejection(
        reason="invalid_visit", zh_CN=problem.in_language("zh_CN"), en=problem.in_language("en")
    )


def test_a_nested_field_is_named_with_its_path(bench: WorkerHarness) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(list[Consent]).validate_python([{"text_version": "2026-1", "given_at": "yesterday"}])
    bench.add("a")
    bench.client.script = [cast(Problem, caught.value)]
    assert bench.run() == ["a"]
    assert "0.given_at: " in bench.outbox.entries()[0].last_error
