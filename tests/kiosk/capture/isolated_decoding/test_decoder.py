"""Pictures from outside are decoded in a child with limits: the caller gets a preview, or a Problem."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from PIL import Image

from kiosk.capture.isolated_decoding import decoder as decoder_module
from kiosk.capture.isolated_decoding.decoder import DecoderLimits, IsolatedDecoder
from kiosk.capture.types import PhotoProblem
from tests.kiosk.capture.picture_files import KINDS, POSTSCRIPT, encode, picture, png_header
from tests.paths import ROOT
from tests.waiting import eventually

BITS = ("1", "L", "P", "CMYK", "RGBA", "I;16")


def file(folder: Path, data: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


def problem_of(path: Path, limits: DecoderLimits | None = None, decoder: IsolatedDecoder | None = None) -> str:
    with pytest.raises(PhotoProblem) as problem:
        (decoder or IsolatedDecoder(limits)).preview(path, 400)
    return problem.value.key


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gets_a_small_jpeg(kind: str, tmp_path: Path) -> None:
    made = IsolatedDecoder().preview(file(tmp_path, encode(picture(900, 600), kind)), 400)
    assert (made.size, made.problem, made.damaged) == ((900, 600), "", False)
    (tmp_path / "preview.jpg").write_bytes(made.jpeg)
    with Image.open(tmp_path / "preview.jpg", formats=("JPEG",)) as small:
        assert small.size == (400, 267)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (POSTSCRIPT, "photo.document"),
        (b"\xc5\xd0\xd3\xc6" + bytes(26) + POSTSCRIPT, "photo.no_image"),  # EPS with its binary header
        (b"%PDF-1.7\n" + bytes(2000), "photo.document"),
        (b"\xd7\xcd\xc6\x9a" + bytes(100), "photo.no_image"),  # WMF
        (b"SIMPLE  =                    T" + b" " * 2850, "photo.no_image"),  # FITS
        (b"", "photo.empty"),
        (encode(picture(), "GIF"), "photo.format"),
        (encode(picture(), "BMP"), "photo.format"),
        (png_header(10_900, 10_900), "photo.too_large"),
        (
            b"\xff\xd8\xff\xc0\0\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9",
            "photo.too_large",
        ),
    ],
)
def test_what_is_no_picture_is_refused_by_the_child(data: bytes, key: str, tmp_path: Path) -> None:
    assert problem_of(file(tmp_path, data)) == key


def test_of_a_damaged_picture_what_is_there(tmp_path: Path) -> None:
    whole = encode(picture(900, 600), quality=90)
    made = IsolatedDecoder().preview(file(tmp_path, whole[: len(whole) // 2]), 400)
    assert (made.problem, made.damaged, made.jpeg[:2]) == ("photo.truncated", True, b"\xff\xd8")


@pytest.mark.parametrize("mode", BITS)
def test_what_is_no_photograph_is_shown_all_the_same(mode: str, tmp_path: Path) -> None:
    image = Image.new(mode, (300, 200)) if mode == "I;16" else picture(300, 200).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    made = IsolatedDecoder().preview(file(tmp_path, encode(image, kind)), 400)
    assert made.jpeg
    assert not made.damaged


def test_more_memory_than_allowed_is_one_problem(tmp_path: Path) -> None:
    path = file(tmp_path, encode(Image.new("RGB", (7000, 7000), "red"), "PNG", compress_level=1))
    assert problem_of(path, DecoderLimits(memory_bytes=400_000_000)) == "photo.too_costly"


def test_more_processor_time_than_allowed_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, tmp_path, "child._set_limits(2_000_000_000, 1)\nwhile True: pass\n")
    assert problem_of(file(tmp_path, b"any")) == "photo.too_costly"


@pytest.mark.parametrize(
    "ends", ["import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "raise MemoryError", "pass"]
)
def test_a_child_that_crashes_or_reports_nothing_is_one_problem(
    ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(monkeypatch, tmp_path, ends)
    assert problem_of(file(tmp_path, b"any")) == "photo.too_costly"


def test_an_answer_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, tmp_path, "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))\n")
    assert problem_of(file(tmp_path, b"any")) == "photo.too_costly"


def test_a_timeout_is_not_a_fault_of_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, tmp_path, "import time; time.sleep(600)")
    assert problem_of(file(tmp_path, b"any"), DecoderLimits(wall_timeout=1)) == "photo.decoder_busy"


def test_no_more_at_once_than_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, tmp_path, "import sys; sys.stdin.buffer.read()\nimport time; time.sleep(600)")
    decoder = IsolatedDecoder(DecoderLimits(slots=1, slot_timeout=0.05, wall_timeout=120))
    path = file(tmp_path, b"any")
    before = {process.pid for process in psutil.Process().children()}
    first = threading.Thread(target=lambda: problem_of(path, decoder=decoder))
    first.start()
    eventually(lambda: {process.pid for process in psutil.Process().children()} - before)
    assert problem_of(path, decoder=decoder) == "photo.decoder_busy"
    for process in psutil.Process().children():
        if process.pid not in before:
            process.kill()
    first.join(60)
    assert not first.is_alive()


def test_the_child_has_no_descriptor_and_no_secret_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHENGGUAN_SECRET", "known to the parent alone")
    seen = tmp_path / "seen"
    says = f"import os\nopen({str(seen)!r}, 'w').write(repr((sorted(os.listdir('/proc/self/fd')), dict(os.environ))))\n"
    child(monkeypatch, tmp_path, says)
    with (tmp_path / "other").open("wb"):
        problem_of(file(tmp_path, b"any"))
    descriptors, environment = eval(seen.read_text())
    assert set(descriptors) <= {"0", "1", "2", "3", "4"}, "its pipes, the folder that is read, the file that is written"
    assert "ZHENGGUAN_SECRET" not in environment


def test_the_child_may_not_write_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "written"
    code = (
        "import os, resource, sys\n"
        "child._set_limits(2_000_000_000, 60)\n"
        "names = ('RLIMIT_FSIZE', 'RLIMIT_CORE')\n"
        "assert all(resource.getrlimit(getattr(resource, name)) == (0, 0) for name in names)\n"
        f"try:\n    os.write(os.open({str(written)!r}, os.O_CREAT | os.O_WRONLY), b'x')\n"
        'except OSError:\n    sys.stdout.write(\'{"problem": "photo.empty", "values": {}}\')\n'
    )
    child(monkeypatch, tmp_path, code)
    assert problem_of(file(tmp_path, b"any")) == "photo.empty"
    assert not written.exists() or not written.read_bytes()


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed while its child waits for a picture that never arrives."""
    script = (
        "import os, subprocess, sys\n"
        "command = [sys.executable, '-m', 'kiosk.capture.isolated_decoding.child', "
        ""
        "str(os.getpid()), '2000000000', '60', '400']\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    decoder = psutil.Process(int(parent.stdout.readline()))
    # It is known to be limited by then, and so to have asked to be ended with its parent.
    eventually(lambda: decoder.rlimit(psutil.RLIMIT_FSIZE) == (0, 0))
    parent.kill()
    parent.wait()
    eventually(lambda: not decoder.is_running() or decoder.status() == psutil.STATUS_ZOMBIE)


def child(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """In the child's place, a program that does this."""
    (folder / "replaced_child.py").write_text(
        f"from kiosk.capture.isolated_decoding import child\n{code}", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(decoder_module, "_CHILD_MODULE", "replaced_child")
