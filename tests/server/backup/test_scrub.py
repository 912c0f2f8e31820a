"""Stored pictures are compared with their hashes, all together or in slices at night, and repaired from a backup."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.audit.models import Action, Event
from server.backup.models import DamagedFile, ScrubRound
from server.backup.repository import Repository
from server.backup.scrub import scrub, scrub_slice
from server.installation_check import check_installation
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.server.backup.conftest import back_up

AT = datetime(2026, 11, 29, 18, tzinfo=UTC)  # 02:00 in Shanghai
"""Within the hours of the check."""


def check_all(now: datetime = AT, **more: Any) -> list[tuple[str, str, str]]:
    scrub(ScrubRound.objects.create(started_at=now), now, **more)
    return [(file.submission_id, file.part, file.state) for file in DamagedFile.objects.order_by("submission", "part")]


@pytest.fixture
def first(data: Path) -> Submission:
    return Submission.objects.earliest("pk")


def path_of(sha256: str | None) -> Path:
    return picture_store().path(sha256 or "")


def test_intact_pictures_are_not_reported(data: Path) -> None:
    assert check_all() == []
    assert ScrubRound.objects.get().files == 4
    assert Event.objects.get(action=Action.FILES_CHECKED).details == {"files": 4, "damaged": 0}


def test_missing_and_damaged_pictures_are_reported_once(first: Submission) -> None:
    path_of(first.shot_sha256).unlink()
    with path_of(first.portrait_sha256).open("r+b") as portrait:
        portrait.write(b"P")  # one bit
    expected = [(first.pk, "portrait", "damaged"), (first.pk, "shot", "missing")]
    assert check_all() == check_all(AT + timedelta(days=1)) == expected
    assert Event.objects.filter(action=Action.FILE_DAMAGED, subject=first.pk).count() == 2
    assert {file.found_at for file in DamagedFile.objects.all()} == {AT}
    problem = next(r.message for r in check_installation() if r.message.key == "server.check.damaged_files")
    assert problem.values["count"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_damaged(first: Submission) -> None:
    path_of(first.shot_sha256).chmod(0)
    assert check_all() == [(first.pk, "shot", "damaged")]


def test_a_picture_that_is_back_is_not_reported_any_more(first: Submission) -> None:
    path = path_of(first.shot_sha256)
    content = path.read_bytes()
    path.unlink()
    assert check_all()
    path.write_bytes(content)
    assert check_all(AT + timedelta(days=1)) == []


def test_a_backup_repairs_what_it_has_intact(first: Submission, backups: Path) -> None:
    back_up(backups)
    store = Repository(backups)
    intact = path_of(first.shot_sha256).read_bytes()
    path_of(first.shot_sha256).write_bytes(b"rust")
    path_of(first.portrait_sha256).unlink()
    store.object_path(first.portrait_sha256 or "").write_bytes(b"rust")
    drafts = len(list((picture_store().root / "drafts").iterdir()))
    assert check_all(backup=store) == [(first.pk, "portrait", "missing")]
    assert path_of(first.shot_sha256).read_bytes() == intact
    assert not path_of(first.portrait_sha256).exists()
    assert Event.objects.get(action=Action.FILE_REPAIRED).details == {"part": "shot"}
    assert len(list((picture_store().root / "drafts").iterdir())) == drafts


def test_a_submission_that_is_erased_during_the_check_is_no_fault(
    first: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased, stays = Submission.objects.order_by("pk")
    path_of(erased.shot_sha256).unlink()
    original = Submission.objects.filter(pk=erased.pk)

    def erase_first(path: Path) -> str:
        original.delete()
        raise FileNotFoundError

    monkeypatch.setattr("server.backup.scrub.file_sha256", erase_first)
    assert {submission for submission, _, _ in check_all()} == {stays.pk}


def seconds(monkeypatch: pytest.MonkeyPatch, *values: float) -> None:
    clock = iter(values)
    monkeypatch.setattr("server.backup.scrub.monotonic", lambda: next(clock))


def test_each_slice_continues_the_round(first: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds(monkeypatch, 0.0, 0.0, 31.0)
    assert scrub_slice(AT) == 1
    assert ScrubRound.objects.get().last_submission == first.pk
    seconds(monkeypatch, 0.0, 0.0, 31.0)
    assert scrub_slice(AT + timedelta(minutes=10)) == 1
    round_ = ScrubRound.objects.get()
    assert (round_.files, round_.finished_at) == (4, AT + timedelta(minutes=10))


def test_a_new_round_begins_after_30_days(first: Submission) -> None:
    assert [scrub_slice(AT + timedelta(days=days)) for days in (0, 1, 29, 30)] == [2, 0, 0, 2]


def test_a_round_of_a_wrong_clock_delays_no_other(first: Submission) -> None:
    assert [scrub_slice(AT + timedelta(days=days)) for days in (400, 0, 1)] == [2, 2, 0]


@pytest.mark.parametrize(("hour", "checked"), [(16, 0), (17, 2), (20, 2), (21, 0)])
def test_it_runs_at_night_only(hour: int, checked: int, first: Submission) -> None:
    assert scrub_slice(AT.replace(hour=hour)) == checked
