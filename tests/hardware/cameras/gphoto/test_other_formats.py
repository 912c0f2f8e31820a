"""If a camera is not set to JPEG photographs, the problem names the setting to change."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from hardware.cameras.api import REASONS, CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraFile
from hardware.cameras.gphoto.download import jpeg_size
from hardware.cameras.gphoto.other_formats import problem_of_contents, problem_of_files


@pytest.mark.parametrize(
    ("names", "reason", "reported"),
    [
        (["IMG_1.HIF"], "heif_only", "HDR PQ"),
        (["IMG_1.heic"], "heif_only", "JPEG"),
        (["IMG_1.CR3", "IMG_1.HIF"], "raw_only", "RAW+JPEG"),
        (["DSC_1.MOV", "DSC_1.THM"], "video_only", "video"),
        (["C0001.MP4", "C0001M01.XML"], "video_only", "photo"),
        (["DSC_1.TIF"], "other_format", "TIF"),
        (["DSC_1.PNG"], "other_format", "PNG"),
        (["DSC_1"], "unreadable", "cable"),
        ([], "unreadable", "cable"),
    ],
)
def test_files_without_a_jpeg(names: list[str], reason: str, reported: str) -> None:
    problem = problem_of_files([CameraFile("/card", name) for name in names])
    assert (problem.reason, problem.reason in REASONS) == (reason, True)
    assert reported in problem.in_language("en")
    assert problem.in_language("zh_CN") != problem.key
    assert "{" not in problem.in_language("zh_CN")


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red")).save(file)
    return file.getvalue()


def tiff() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "TIFF")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (heic(), "heif_only"),
        (tiff(), "other_format"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(50), "raw_only"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(50), "video_only"),
        (b"garbage" * 20, "unreadable"),
        (b"\xff\xd8\xff" + bytes(50), "unreadable"),
    ],
)
def test_a_file_that_has_only_the_name_of_a_jpeg(data: bytes, reason: str) -> None:
    assert problem_of_contents(data).reason == reason
    with pytest.raises(CameraProblem) as problem:
        jpeg_size(data)
    assert problem.value.reason == reason
