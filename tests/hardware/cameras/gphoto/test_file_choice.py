"""The choice of the picture among the files of a shot."""

from __future__ import annotations

import pytest

from hardware.cameras.gphoto.camera_handle import CameraFile
from hardware.cameras.gphoto.file_choice import classify_files


def files(*paths: str) -> list[CameraFile]:
    return [CameraFile(path.rpartition("/")[0] or "/one", path.rpartition("/")[2]) for path in paths]


@pytest.mark.parametrize(
    ("reported", "picture", "raw", "more"),
    [
        (["A.JPG"], "A.JPG", [], []),
        (["A.NEF", "A.JPG"], "A.JPG", ["A.NEF"], []),
        (["A.JPG", "A.CR3"], "A.JPG", ["A.CR3"], []),
        (["capt0000.cr2", "capt0001.jpg"], "capt0001.jpg", ["capt0000.cr2"], []),
        (["A.JPG", "B.JPG"], "A.JPG", [], ["B.JPG"]),
        (["A.ARW"], None, ["A.ARW"], []),
        (["A.MOV", "A.THM"], None, [], []),
        (["/one/A.JPG", "/two/A.JPG"], "A.JPG", [], []),
        ([], None, [], []),
    ],
)
def test_the_jpeg_is_the_picture(reported: list[str], picture: str | None, raw: list[str], more: list[str]) -> None:
    chosen = classify_files(files(*reported))
    assert (chosen.picture.name if chosen.picture else None) == picture
    assert [stored.name for stored in chosen.raw] == raw
    assert [stored.name for stored in chosen.extra_pictures] == more


def test_of_two_cards_the_first_one_reported_counts() -> None:
    chosen = classify_files([CameraFile("/one", "A.JPG"), CameraFile("/two", "A.JPG")])
    assert chosen.picture == CameraFile("/one", "A.JPG")
