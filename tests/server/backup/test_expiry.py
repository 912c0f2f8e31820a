"""Old backups are deleted only after a newer one is complete, without the contents that another backup has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.backup import expiry
from server.backup.expiry import backups_to_keep
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.server.backup.conftest import back_up, contents, empty_server, restore


@pytest.fixture(autouse=True)
def two_days(settings: Any) -> None:
    chosen = settings.APP.backup.model_copy(update={"keep_daily": 2, "keep_weekly": 0})
    settings.APP = settings.APP.model_copy(update={"backup": chosen})


def names(backups: Path) -> list[str]:
    return sorted(path.name for path in backups.glob("2*"))


def objects(backups: Path) -> int:
    return len(list(backups.glob("objects/??/*")))


def test_the_newest_backup_of_each_day_and_week_stays() -> None:
    folders = [Path(f"202611{day:02d}-{hour}0000") for day in (2, 9, 10, 16, 17) for hour in ("08", "20")]
    assert sorted(path.name for path in backups_to_keep(folders, 2, 3)) == [
        "20261102-200000",
        "20261110-200000",
        "20261116-200000",
        "20261117-200000",
    ]
    assert backups_to_keep(folders, 0, 0) == {Path("20261117-200000")}


def test_erased_contents_are_deleted_with_the_last_backup_that_has_them(data: Path, backups: Path) -> None:
    back_up(backups)
    erased = Submission.objects.earliest("pk")
    for sha256 in (erased.shot_sha256, erased.portrait_sha256 or ""):
        picture_store().remove(sha256)
    erased.delete()
    back_up(backups, days=1)
    assert (names(backups), objects(backups)) == (["20261129-030000", "20261130-030000"], 6)
    last = back_up(backups, days=2)
    assert last.expired == ("20261129-030000",)
    assert (names(backups), objects(backups)) == (["20261130-030000", "20261201-030000"], 3)


def test_the_remaining_backups_can_be_restored(data: Path, backups: Path, tmp_path: Path) -> None:
    for day in range(4):
        back_up(backups, days=day)
    before = contents()
    assert len(names(backups)) == 2
    for number, name in enumerate(names(backups)):
        with empty_server(tmp_path / f"other{number}"):
            restore(backups, name)
            assert contents() == before


def test_nothing_is_deleted_while_a_list_cannot_be_read(data: Path, backups: Path) -> None:
    first = back_up(backups).folder
    erased = Submission.objects.earliest("pk")
    picture_store().remove(erased.shot_sha256)
    erased.delete()
    (first / "files.jsonl").write_bytes(b"rust")
    back_up(backups, days=1)
    assert objects(backups) == 6


def test_a_half_deleted_backup_does_not_count(data: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(backups)
    back_up(backups, days=1)

    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(expiry.shutil, "rmtree", interrupt)
        with pytest.raises(KeyboardInterrupt):
            back_up(backups, days=2)
    assert names(backups) == ["20261129-030000.part", "20261130-030000", "20261201-030000"]
    back_up(backups, days=2.01)
    assert names(backups) == ["20261130-030000", "20261201-031424"]
