"""The choice of a webcam's frame for a shot, and the warnings that its frames cause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import WebcamCamera, WebcamSettings
from hardware.cameras.webcam.controls import controls_after_warmup, controls_before_warmup
from hardware.cameras.webcam.driver import WARNINGS
from hardware.cameras.webcam.stream import Picture
from hardware.cameras.webcam.warmup import wait_until_stable
from tests.hardware.cameras.supervised_camera import jpeg

SETTINGS = WebcamSettings.read()


class FakeStream:
    """A stream that returns pictures without a delay; every `broken_every`-th is truncated (0: none).

    The n-th picture was exposed at n / rate seconds and is padded with n bytes. With `timed` False it has no time; then
    the pictures from number `fresh` on count as waited for.
    """

    rate = 30.0

    def __init__(self, *, timed: bool = True, fresh: int = 0) -> None:
        self.broken_every = self.frames_read = 0
        self._timed, self._fresh = timed, fresh

    def read(self, tries: int = 1) -> Picture:
        self.frames_read += 1
        data = np.frombuffer(jpeg(32, 32), np.uint8)
        cut = self.broken_every and self.frames_read % self.broken_every == 0
        data = data[: data.size // 2] if cut else np.append(data, np.zeros(self.frames_read, np.uint8))
        return Picture(
            data, None, self.frames_read / self.rate if self._timed else None, self.frames_read >= self._fresh
        )

    def release(self) -> None:
        """There is nothing to release."""


class DriftingColourStream(FakeStream):
    """A stream whose white balance moves for `moving` frames, at the same brightness."""

    def __init__(self, moving: int) -> None:
        super().__init__()
        self._moving, self.level = moving, 120

    def read(self, tries: int = 1) -> Picture:
        self.frames_read += 1
        tint = 4 * max(0, self._moving - self.frames_read)
        pixels = np.full((32, 32, 3), (self.level - tint, self.level, self.level + tint), np.uint8)
        return Picture(None, pixels, None, fresh=True)


@pytest.mark.parametrize(("timed", "fresh"), [(True, 0), (False, 16)], ids=["timed", "untimed"])
def test_a_shot_shows_the_moment_at_which_it_was_requested(
    monkeypatch: pytest.MonkeyPatch, timed: bool, fresh: int
) -> None:
    stream = FakeStream(timed=timed, fresh=fresh)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=SETTINGS, clock=lambda: 0.49)
    webcam.open()
    assert stream.frames_read < 14, "control: the next frame was exposed before 0.49 s"
    assert len(webcam.shoot().data) - len(jpeg(32, 32)) == 16, "at 16/30 s, one exposure after the request"


def test_a_shot_of_a_source_whose_frames_are_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = FakeStream(timed=False, fresh=10_000)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=SETTINGS)
    webcam.open()
    before = stream.frames_read
    assert len(webcam.shoot().data) - len(jpeg(32, 32)) == before + 16, "after the frames that may have been buffered"


def test_a_cable_that_damages_frames_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = FakeStream(timed=False)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=SETTINGS)
    webcam.open()

    def reported(broken_every: int) -> list[tuple[str, ...]]:
        stream.broken_every = broken_every
        for _ in range(600):
            webcam.frame()
        return [health.warnings for health in webcam.poll_events()]

    assert reported(broken_every=0) == [], "control"
    assert reported(broken_every=200) == [], "a rare one is no fault of the cable"
    assert reported(broken_every=20) == [("cable",)]
    assert reported(broken_every=20) == [], "once"


def test_a_covered_lens_is_reported_until_it_is_uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = DriftingColourStream(moving=0)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=SETTINGS)
    webcam.open()

    def reported(level: int) -> list[tuple[str, ...]]:
        stream.level = level
        for _ in range(40):
            webcam.frame()
        return [health.warnings for health in webcam.poll_events()]

    assert reported(120) == [], "control"
    assert reported(2) == [("black",)]
    assert reported(2) == []
    assert reported(60) == [()], "the warning is withdrawn"


def test_a_stream_of_damaged_frames_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = FakeStream(timed=False)
    monkeypatch.setattr("hardware.cameras.webcam.driver.open_network", lambda *_: stream)
    webcam = WebcamCamera("http://here/", settings=SETTINGS)
    webcam.open()
    webcam.shoot()  # control
    stream.broken_every = 1
    for use in (webcam.frame, webcam.shoot):
        with pytest.raises(CameraProblem) as caught:
            use()
        assert caught.value.reason == "unreadable"


def test_colour_must_be_stable_like_brightness() -> None:
    def frames_until_stable(stream: DriftingColourStream, at_least: float = 0.0) -> int:
        _, is_stable = wait_until_stable(stream, 3.0, lambda: stream.frames_read / 30, at_least)  # type: ignore[arg-type]
        assert is_stable
        return stream.frames_read

    assert frames_until_stable(DriftingColourStream(moving=0)) == 6, "control"
    assert frames_until_stable(DriftingColourStream(moving=20)) >= 24
    assert frames_until_stable(DriftingColourStream(moving=0), at_least=0.7) == 21, "0.7 s of 30 frames a second"


def test_a_settings_file_of_the_station_is_checked(tmp_path: Path) -> None:
    own = tmp_path / "webcam.toml"
    own.write_text("exposure = 100\npower_line = 60\n", encoding="utf-8")
    assert WebcamSettings.read(own) == WebcamSettings.read().model_copy(update={"exposure": 100, "power_line": 60})
    for wrong in ("power_line = 55", "exposure = -1", "colour = 3"):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(Problem) as caught:
            WebcamSettings.read(own)
        assert caught.value.values["key"] == wrong.split()[0]
        assert caught.value.values["file"] == "webcam.toml"


@pytest.mark.parametrize("warning", WARNINGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_has_a_message(warning: str, language: str) -> None:
    assert translations(language).has(f"camera.warning.{warning}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_that_can_be_refused_has_a_translated_name(language: str) -> None:
    manual = SETTINGS.model_copy(update={"gain": 1, "white_balance": 5000, "focus": 1})
    automatic = SETTINGS.model_copy(update={"exposure": 0})
    arguments = [
        setting
        for each in (manual, automatic)
        for setting in (*controls_before_warmup(each), *controls_after_warmup(each))
    ]
    names = {setting.name for setting in arguments} | {"format", "width", "height", "frames_per_second", "buffers"}
    assert len(names) == 17
    assert [name for name in sorted(names) if not translations(language).has(f"camera.setting.{name}")] == []
