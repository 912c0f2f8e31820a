"""A camera with events: status, progress of a shot, and pictures taken with the shutter on its body."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from hardware.cameras.api import Camera, CameraHealth, CameraProblem, Shot, ShotProgress
from hardware.cameras.isolation.shared_memory import ShotBuffer
from hardware.simulators.scripted_camera import ScriptedCamera
from tests.hardware.cameras.supervised_camera import SHORT_TIMEOUTS, TIMEOUT_S, jpeg, saved_shots, script, supervise
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process


class EventfulCamera(ScriptedCamera):
    """Executes the commands in its file `words`, one a line, each once:

    card N             the card has room for N pictures
    body N             N pictures were taken with the shutter on its body, reported together
    transfer SECONDS   from now on a shot takes SECONDS, and its transfer progresses all the time
    stuck SECONDS      from now on a transfer does not progress for SECONDS, although the driver still reports it
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._commands_file = self._path.with_name("words")
        self._slow, self._progresses = 0.0, True
        self.on_progress = _ignore_progress

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        if not self._commands_file.exists():
            return
        lines = self._commands_file.read_text().splitlines()
        self._commands_file.unlink()
        for line in lines:
            word, number = line.split()
            if word == "card":
                yield CameraHealth(card_free=int(number))
            elif word == "body":
                yield from (super(EventfulCamera, self).shoot() for _ in range(int(number)))
            else:
                self._slow, self._progresses = float(number), word == "transfer"

    def shoot(self) -> Shot:
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < self._slow:
            done = int(1e6 * elapsed) if self._progresses else 1
            self.on_progress(ShotProgress("transfer", 0.8, done, int(1e6 * self._slow)))
            time.sleep(0.02)
        return super().shoot()


def _ignore_progress(progress: ShotProgress) -> None:
    """No callback is set yet."""


def open_eventful(spec: str) -> Camera:
    return EventfulCamera(spec.removeprefix("scripted:"))


def write_commands(folder: Path, *lines: str) -> None:
    part = folder / "words.part"
    part.write_text("\n".join(lines))
    part.rename(folder / "words")


def test_a_camera_reports_its_status(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_eventful) as camera:
        camera.wait_for("live")
        assert camera.supervisor.state.health is None
        write_commands(tmp_path, "card 0")
        camera.wait_for("live", "live")
        assert camera.supervisor.state.health == CameraHealth(card_free=0)


def test_the_status_is_reset_when_the_camera_is_lost(tmp_path: Path) -> None:
    write_commands(tmp_path, "card 7")
    with supervise(script(tmp_path, "shot 1 crash"), driver=open_eventful) as camera:
        camera.wait_until(lambda: camera.supervisor.state.health)
        camera.supervisor.shoot().exception(scale_timeout(TIMEOUT_S))
        camera.wait_for("live", "crashed", "live")
        assert camera.supervisor.state.health is None


def test_pictures_taken_on_the_body_are_delivered_complete_and_once(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_eventful) as camera:
        camera.wait_for("live")
        requested = camera.shot()
        write_commands(tmp_path, "card 9")
        camera.wait_until(lambda: camera.supervisor.state.health)
        write_commands(tmp_path, "body 5")
        camera.wait_until(lambda: len(camera.unsolicited) == 5)
        assert {shot.name: shot.data for shot, _ in camera.unsolicited} | {
            requested.name: requested.data
        } == saved_shots(tmp_path)
        assert camera.shot().data, "and a requested shot after them"
        now = time.monotonic()
        assert all(now - TIMEOUT_S < after < now for _, after in camera.unsolicited), "the time of the last poll"


def test_an_early_shot_on_the_body_belongs_to_no_sitter(tmp_path: Path) -> None:
    write_commands(tmp_path, "body 1")
    with supervise(script(tmp_path, ""), driver=open_eventful) as camera:
        camera.wait_until(lambda: camera.unsolicited)
        assert camera.unsolicited[0][1] == -inf


def test_pictures_are_stored_one_after_another_until_they_are_read() -> None:
    buffer = ShotBuffer.create()
    pictures = [jpeg(64, 48, seed) for seed in (1, 2, 3)]
    places = [buffer.put(picture) for picture in pictures]
    assert [buffer.get(len(p), place) for p, place in zip(pictures, places, strict=True)] == pictures
    assert buffer.put(b"next") == 0, "an empty buffer is used from its beginning"
    buffer.close()


def test_a_long_transfer_that_progresses_is_waited_for_and_reported(tmp_path: Path) -> None:
    write_commands(tmp_path, "transfer 1.2", "card 1")
    with supervise(script(tmp_path, ""), replace(SHORT_TIMEOUTS, shot=0.3, late_shot=0.1), open_eventful) as camera:
        camera.wait_until(lambda: camera.supervisor.state.health)
        shot = camera.supervisor.shoot()
        camera.wait_until(lambda: camera.supervisor.state.progress)
        progress = camera.supervisor.state.progress
        assert progress is not None
        assert (progress.phase, progress.size) == ("transfer", 1_200_000)
        assert shot.result(scale_timeout(TIMEOUT_S)).data, "more than four times as long as its timeout"
        assert camera.supervisor.state.progress is None
    assert "hung" not in [state.kind for state in camera.states]


def test_a_transfer_without_progress_is_ended_despite_its_messages(tmp_path: Path) -> None:
    write_commands(tmp_path, f"stuck {TIMEOUT_S}", "card 1")
    with supervise(
        script(tmp_path, ""), replace(SHORT_TIMEOUTS, shot=TIMEOUT_S, late_shot=TIMEOUT_S), open_eventful
    ) as camera:
        camera.wait_until(lambda: camera.supervisor.state.health)
        problem = camera.supervisor.shoot().exception(scale_timeout(TIMEOUT_S) / 2)
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "hung"
        camera.wait_for("live", "hung", "live")


def test_another_stations_camera_is_not_used_until_it_belongs_to_this_station(tmp_path: Path) -> None:
    with supervise(
        script(tmp_path, ""), driver=open_eventful, rejection=CameraProblem("camera.not_assigned")
    ) as camera:
        camera.wait_for("starting", "lost")
        assert camera.supervisor.newest() is None, "the person in front of that camera is at another station"
        problem = camera.supervisor.shoot().exception(scale_timeout(TIMEOUT_S))
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "not_assigned"
        write_commands(tmp_path, "body 1")
        camera.wait_until(lambda: camera.unsolicited)
        assert camera.unsolicited[0][1] == -inf
        camera.rejection = None
        camera.supervisor.recheck()
        camera.wait_for("lost", "live")
        assert camera.shot().data
