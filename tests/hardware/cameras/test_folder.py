"""The folder camera shows every readable picture and delivers all files unchanged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import CameraProblem
from hardware.cameras.folder import FolderCamera
from tests.hardware.cameras.supervised_camera import jpeg

GREY = 128


def camera(folder: Path) -> FolderCamera:
    return FolderCamera(folder, sleep=lambda seconds: None)


def plain(colour: tuple[int, int, int], size: tuple[int, int], kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def middle(pixels: Pixels) -> list[int]:
    return [int(value) for value in pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]]


def test_pictures_come_in_the_order_of_their_names_and_commands_advance(tmp_path: Path) -> None:
    for name, colour in (("b.png", (0, 200, 0)), ("a.png", (200, 0, 0)), ("c.PNG", (0, 0, 200))):
        (tmp_path / name).write_bytes(plain(colour, (64, 48)))
    (tmp_path / "notes.txt").write_text("no picture")
    player = camera(tmp_path)
    player.open()
    assert (middle(player.frame()), player.shoot().name) == ([200, 0, 0], "a.png")
    player.send_command("next")
    assert (middle(player.frame()), player.shoot().name) == ([0, 200, 0], "b.png")
    player.send_command("show c.PNG")
    assert (middle(player.frame()), player.shoot().name) == ([0, 0, 200], "c.PNG")
    player.send_command("next")
    assert player.shoot().name == "a.png"
    player.send_command("show d.png")
    assert player.shoot().name == "a.png", "an unknown name changes nothing"


def test_every_shot_is_the_file_itself_also_a_broken_one(tmp_path: Path) -> None:
    files = {
        "1-sound.jpg": jpeg(400, 300),
        "2-truncated.jpg": jpeg(400, 300)[:3000],
        "3-text.jpg": b"this is no picture",
        "4-empty.png": b"",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    player = camera(tmp_path)
    info = player.open()
    assert info.simulated
    assert middle(player.frame()) != [GREY] * 3, "control: an undamaged picture is shown"
    for name, data in files.items():
        shot = player.shoot()
        assert (shot.name, shot.data) == (name, data)
        assert player.frame().shape == (info.frame_size[1], info.frame_size[0], 3)
        player.send_command("next")
    for name, size in (("2-truncated.jpg", (400, 300)), ("3-text.jpg", (0, 0))):
        player.send_command(f"show {name}")
        assert middle(player.frame()) == [GREY] * 3
        assert player.shoot().camera.shot_size == size


def test_large_pictures_are_scaled_and_other_shapes_get_grey_bars(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(plain((250, 0, 0), (3000, 2250), "JPEG"))
    (tmp_path / "2.jpg").write_bytes(plain((0, 250, 0), (500, 2000), "JPEG"))
    player = camera(tmp_path)
    info = player.open()
    assert (info.frame_size, info.shot_size) == ((1280, 960), (3000, 2250))
    assert np.abs(player.frame().astype(int) - [250, 0, 0]).max() < 8, "the first picture fills the frame"
    player.send_command("next")
    frame = player.frame()
    assert frame.shape == (960, 1280, 3)
    assert [int(value) for value in frame[480, 10]] == [GREY] * 3
    assert middle(frame)[1] > 200


def test_a_picture_taken_on_its_side_is_shown_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (80, 40), (0, 0, 250))
    picture.paste((250, 0, 0), (0, 0, 40, 40))  # its left half is the upper half when turned upright
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "side.jpg", "JPEG", exif=exif, quality=95)
    player = camera(tmp_path)
    info = player.open()
    assert info.frame_size == (40, 80)
    frame = player.frame()
    assert frame[10, 20, 0] > 200
    assert frame[70, 20, 2] > 200


def test_a_picture_too_large_to_show_is_delivered_nevertheless(tmp_path: Path) -> None:
    data = plain((9, 9, 9), (64, 48), "PNG")
    # The size is in the header; the checksum after it is not verified before the pixels are decoded.
    huge = data[:16] + (30_000).to_bytes(4, "big") * 2 + data[24:]
    (tmp_path / "huge.png").write_bytes(huge)
    player = camera(tmp_path)
    player.open()
    assert middle(player.frame()) == [GREY] * 3
    assert player.shoot().data == huge


def test_frames_are_paced(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(64, 48))
    pauses: list[float] = []
    player = FolderCamera(tmp_path, clock=lambda: 100.0 + sum(pauses), sleep=pauses.append)
    player.open()
    for _ in range(26):
        player.frame()
    assert sum(pauses) == pytest.approx(1.0), "26 frames at 25 a second are one second apart"


@pytest.mark.parametrize("what", ["missing", "empty", "a file"])
def test_a_folder_without_pictures_is_reported(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "pictures"
    if what == "empty":
        folder.mkdir()
    elif what == "a file":
        folder.write_text("x")
    with pytest.raises(CameraProblem) as caught:
        camera(folder).open()
    assert caught.value.reason == "folder"
    assert str(folder) in str(caught.value)


def test_a_folder_that_goes_away_is_a_lost_camera(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(64, 48))
    player = camera(tmp_path)
    player.open()
    player.shoot()
    (tmp_path / "1.jpg").unlink()
    with pytest.raises(CameraProblem) as caught:
        player.shoot()
    assert caught.value.reason == "lost"
