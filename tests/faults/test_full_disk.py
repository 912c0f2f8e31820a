"""A disk that is full when a shot arrives is one problem; the shot is stored as soon as there is space."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.tools.demo.server import DemoServer
from kiosk.visit.step import Step
from tests.demo_server import demo_server, submissions
from tests.kiosk.visit.visitor import Visitor, expected_numbers, paired_station, pictures, visitor_at
from tests.message_checks import assert_sentence

__all__ = ["demo_server", "pictures"]


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty file system of 6 MB."""
    place = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def visitor(demo_server: DemoServer, pictures: Path, small_disk: Path) -> Iterator[Visitor]:
    """A station whose data folder is on the small disk."""
    with visitor_at(paired_station(demo_server, small_disk / "station"), f"folder:{pictures}") as visitor:
        yield visitor


def fill(disk: Path, free: int) -> Path:
    """Fill the disk until at most `free` bytes are free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        file.write(bytes(shutil.disk_usage(disk).free - free))
    return ballast


# With 300 kB the outbox can still record the shot, without space it cannot.
@pytest.mark.parametrize(("free", "key"), [(300_000, "photo.disk_full"), (0, "upload.disk_full")])
def test_a_shot_on_a_full_disk_is_stored_once_there_is_space(
    visitor: Visitor, demo_server: DemoServer, small_disk: Path, free: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, files = visitor.station.outbox.stats, small_disk / "station" / "files"
    sent_before = counts().sent
    visitor.pose(expected_numbers(demo_server)[bool(free)])
    ballast = fill(small_disk, free)
    assert_sentence(visitor.shoot(), key)
    assert visitor.controller.state.step is Step.ERROR
    assert counts().open == 0, "what is not on disk is not in the outbox"
    assert not list(files.glob("*"))

    # From here on the shot in memory is used: the sitter is not photographed again.
    monkeypatch.setattr(visitor.station.camera, "shoot", lambda: pytest.fail("a second shot was taken"))
    visitor.controller.retry()
    visitor.wait_for_step(Step.ERROR)  # still full
    ballast.unlink()
    visitor.controller.retry()
    visitor.wait_for_step(Step.REVIEW)
    visitor.accept()
    visitor.leave()
    visitor.wait_until_sent()
    assert counts().sent == sent_before + 1
    assert submissions(demo_server)[-1]["outcome"] == "accepted"
