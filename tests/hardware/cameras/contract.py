"""The contract of every driver, as plain checks for pytest and for a separate process (a preloaded device).

`python -m tests.hardware.cameras.contract SPEC` runs them all on one driver.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from hardware.cameras.api import Camera, CameraProblem
from hardware.cameras.registry import open_driver

Open = Callable[[], Camera]


def opening_returns_the_camera_info(new: Open) -> None:
    camera = new()
    info = camera.open()
    camera.close()
    assert info.driver
    assert info.model
    assert min(*info.frame_size, *info.shot_size) > 0
    assert info.frame_size[0] <= 1280
    assert info.frame_size[1] <= 1280


def frames_are_rgb_of_the_announced_size(new: Open) -> None:
    camera = new()
    info = camera.open()
    for _ in range(3):
        frame = camera.frame()
        assert frame.shape == (info.frame_size[1], info.frame_size[0], 3)
        assert frame.dtype == np.uint8
    camera.close()


def a_shot_is_a_picture_of_the_announced_size(new: Open) -> None:
    camera = new()
    info = camera.open()
    camera.frame()
    shot = camera.shoot()
    camera.close()
    assert shot.camera.driver == info.driver
    assert shot.name
    with Image.open(io.BytesIO(shot.data)) as picture:
        assert picture.size == shot.camera.shot_size == info.shot_size
        picture.load()


def frames_keep_coming_after_a_shot(new: Open) -> None:
    camera = new()
    camera.open()
    camera.frame()
    camera.shoot()
    camera.frame()
    camera.shoot()
    camera.frame()
    camera.close()


def an_unknown_command_is_ignored(new: Open) -> None:
    camera = new()
    camera.open()
    for word in ("", "no such word", "show nothing.jpg", "scene nowhere", "\0"):
        camera.send_command(word)
    camera.frame()
    camera.close()


def closing_twice_is_closing_once(new: Open) -> None:
    unopened = new()
    unopened.close()
    camera = new()
    camera.open()
    camera.close()
    camera.close()


def a_closed_camera_is_lost(new: Open) -> None:
    camera = new()
    camera.open()
    camera.close()
    for use in (camera.frame, camera.shoot):
        with pytest.raises(CameraProblem) as caught:
            use()
        assert caught.value.reason == "lost"


def a_new_object_opens_after_the_old_one(new: Open) -> None:
    first = new()
    info = first.open()
    first.frame()
    first.close()
    second = new()
    assert second.open().frame_size == info.frame_size
    second.frame()
    second.close()


CHECKS: tuple[Callable[[Open], None], ...] = (
    opening_returns_the_camera_info,
    frames_are_rgb_of_the_announced_size,
    a_shot_is_a_picture_of_the_announced_size,
    frames_keep_coming_after_a_shot,
    an_unknown_command_is_ignored,
    closing_twice_is_closing_once,
    a_closed_camera_is_lost,
    a_new_object_opens_after_the_old_one,
)


if __name__ == "__main__":
    from hardware.cameras.webcam import WebcamSettings

    quick = WebcamSettings.read().model_copy(update={"min_warmup": 0.0})
    for check in CHECKS:
        check(lambda: open_driver(sys.argv[1], webcam=quick))
        sys.stdout.write(f"passed: {check.__name__}\n")
