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

    card N             it has room for so many pictures
    body N             N pictures were taken with the shutter on its body, reported together
    transfer SECONDS   from now on a shot takes so long, and moves all the time
    stuck SECONDS      from now on a transfer does not move for so long, although the driver still reports it
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._commands_file = self._path.with_name("words")
        self._slow, self._moves = 0.0, True
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
                self._slow, self._moves = float(number), word == "transfer"

    def shoot(self) -> Shot:
        began = time.monotonic()
        while (past := time.monotonic() - began) < self._slow:
            done = int(1e6 * past) if self._moves else 1
            self.on_progress(ShotProgress("transfer", 0.8, done, int(1e6 * self._slow)))
            time.sleep(0.02)
        return super().shoot()


def _ignore_progress(progress: ShotProgress) -> None:
    """Nobody listens yet."""


def open_eventful(spec: str) -> Camera:
    return EventfulCamera(spec.removeprefix("scripted:"))


def write_commands(folder: Path, *lines: str) -> None:
    part = folder / "words.part"
    part.write_text("\n".join(lines))
    part.rename(folder / "words")


def test_a_camera_reports_its_status(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_eventful) as seen:
        seen.wait_for("live")
        assert seen.supervisor.state.health is None
        write_commands(tmp_path, "card 0")
        seen.wait_for("live", "live")
        assert seen.supervisor.state.health == CameraHealth(card_free=0)


def test_the_status_is_reset_when_the_camera_is_lost(tmp_path: Path) -> None:
    write_commands(tmp_path, "card 7")
    with supervise(script(tmp_path, "shot 1 crash"), driver=open_eventful) as seen:
        seen.wait_until(lambda: seen.supervisor.state.health)
        seen.supervisor.shoot().exception(scale_timeout(TIMEOUT_S))
        seen.wait_for("live", "crashed", "live")
        assert seen.supervisor.state.health is None


def test_pictures_taken_on_the_body_come_whole_and_each_once(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_eventful) as seen:
        seen.wait_for("live")
        requested = seen.shot()
        write_commands(tmp_path, "card 9")
        seen.wait_until(lambda: seen.supervisor.state.health)
        write_commands(tmp_path, "body 5")
        seen.wait_until(lambda: len(seen.unsolicited) == 5)
        assert {shot.name: shot.data for shot, _ in seen.unsolicited} | {requested.name: requested.data} == saved_shots(
            tmp_path
        )
        assert seen.shot().data, "and an ordered one after them"
        now = time.monotonic()
        assert all(now - TIMEOUT_S < after < now for _, after in seen.unsolicited), "when it was last listened to"


def test_an_early_shot_on_the_body_belongs_to_nobody(tmp_path: Path) -> None:
    write_commands(tmp_path, "body 1")
    with supervise(script(tmp_path, ""), driver=open_eventful) as seen:
        seen.wait_until(lambda: seen.unsolicited)
        assert seen.unsolicited[0][1] == -inf


def test_pictures_lie_behind_each_other_until_they_are_taken() -> None:
    tray = ShotBuffer.create()
    pictures = [jpeg(64, 48, seed) for seed in (1, 2, 3)]
    places = [tray.put(picture) for picture in pictures]
    assert [tray.get(len(p), place) for p, place in zip(pictures, places, strict=True)] == pictures
    assert tray.put(b"next") == 0, "an empty tray is used from its beginning"
    tray.close()


def test_a_long_transfer_that_moves_is_waited_for_and_shown(tmp_path: Path) -> None:
    write_commands(tmp_path, "transfer 1.2", "card 1")
    with supervise(script(tmp_path, ""), replace(SHORT_TIMEOUTS, shot=0.3, late_shot=0.1), open_eventful) as seen:
        seen.wait_until(lambda: seen.supervisor.state.health)
        shot = seen.supervisor.shoot()
        seen.wait_until(lambda: seen.supervisor.state.progress)
        progress = seen.supervisor.state.progress
        assert progress is not None
        assert (progress.phase, progress.size) == ("transfer", 1_200_000)
        assert shot.result(scale_timeout(TIMEOUT_S)).data, "four times as long as its deadline and more"
        assert seen.supervisor.state.progress is None
    assert "hung" not in [state.kind for state in seen.states]


def test_a_transfer_without_progress_is_ended_despite_its_messages(tmp_path: Path) -> None:
    write_commands(tmp_path, f"stuck {TIMEOUT_S}", "card 1")
    with supervise(
        script(tmp_path, ""), replace(SHORT_TIMEOUTS, shot=TIMEOUT_S, late_shot=TIMEOUT_S), open_eventful
    ) as seen:
        seen.wait_until(lambda: seen.supervisor.state.health)
        problem = seen.supervisor.shoot().exception(scale_timeout(TIMEOUT_S) / 2)
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "hung"
        seen.wait_for("live", "hung", "live")


def test_another_stations_camera_is_not_used_until_it_belongs_to_this_station(tmp_path: Path) -> None:
    with supervise(script(tmp_path, ""), driver=open_eventful, rejection=CameraProblem("camera.not_assigned")) as seen:
        seen.wait_for("starting", "lost")
        assert seen.supervisor.newest() is None, "the person in front of that camera does not sit here"
        problem = seen.supervisor.shoot().exception(scale_timeout(TIMEOUT_S))
        assert isinstance(problem, CameraProblem)
        assert problem.reason == "not_assigned"
        write_commands(tmp_path, "body 1")
        seen.wait_until(lambda: seen.unsolicited)
        assert seen.unsolicited[0][1] == -inf
        seen.rejection = None
        seen.supervisor.recheck()
        seen.wait_for("lost", "live")
        assert seen.shot().data
