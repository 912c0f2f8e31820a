"""Pictures from outside are decoded in a child process with limits: the result is a preview or a Problem."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

import pytest
from PIL import Image

from kiosk.capture.isolated_decoding.decoder import DecoderLimits, IsolatedDecoder
from kiosk.capture.isolated_decoding.fork_server import ForkServer
from kiosk.capture.types import PhotoProblem
from tests.kiosk.capture.picture_files import KINDS, POSTSCRIPT, encode, picture, png_header
from tests.waiting import eventually

pytestmark = pytest.mark.process

ReplacedChild = Callable[..., IsolatedDecoder]
MODES = ("1", "L", "P", "CMYK", "RGBA", "I;16")


def file(folder: Path, data: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


def problem_of(path: Path, decoder: IsolatedDecoder | None = None) -> str:
    with pytest.raises(PhotoProblem) as problem:
        (decoder or IsolatedDecoder()).preview(path, 400)
    return problem.value.key


@pytest.fixture
def replaced_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplacedChild]:
    """Make a decoder whose child runs `code` instead of decoding."""
    with ExitStack() as ends:

        def create(code: str, limits: DecoderLimits | None = None) -> IsolatedDecoder:
            (tmp_path / "replaced_child.py").write_text(
                "import os, resource, signal, sys\nfrom kiosk.capture.isolated_decoding import limits\n"
                f"def main(parent, memory_bytes, cpu_seconds, max_side):\n{indent(code, '    ')}\n",
                encoding="utf-8",
            )
            monkeypatch.syspath_prepend(str(tmp_path))
            fork_server = ForkServer("replaced_child")
            ends.callback(fork_server.close)
            return IsolatedDecoder(limits, fork_server)

        yield create


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gets_a_small_jpeg(kind: str, tmp_path: Path) -> None:
    preview = IsolatedDecoder().preview(file(tmp_path, encode(picture(900, 600), kind)), 400)
    assert (preview.size, preview.problem, preview.damaged) == ((900, 600), "", False)
    (tmp_path / "preview.jpg").write_bytes(preview.jpeg)
    with Image.open(tmp_path / "preview.jpg", formats=("JPEG",)) as small:
        assert small.size == (400, 267)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (POSTSCRIPT, "photo.document"),
        (b"\xc5\xd0\xd3\xc6" + bytes(26) + POSTSCRIPT, "photo.document"),  # EPS with its binary header
        (b"%PDF-1.7\n" + bytes(2000), "photo.document"),
        (b"\xd7\xcd\xc6\x9a" + bytes(100), "photo.drawing"),  # WMF
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
def test_a_file_that_is_no_photograph_is_refused_by_the_child(data: bytes, key: str, tmp_path: Path) -> None:
    assert problem_of(file(tmp_path, data)) == key


def test_the_sentence_of_the_child_names_what_to_change(tmp_path: Path) -> None:
    """The child sends a message that contains another message."""
    with pytest.raises(PhotoProblem) as problem:
        IsolatedDecoder().preview(file(tmp_path, encode(picture(), "BMP")), 400)
    assert "BMP" in problem.value.in_language("en")
    assert "save JPEG" in problem.value.in_language("en")


def test_a_damaged_picture_has_a_preview_of_the_rest(tmp_path: Path) -> None:
    whole = encode(picture(900, 600), quality=90)
    preview = IsolatedDecoder().preview(file(tmp_path, whole[: len(whole) // 2]), 400)
    assert (preview.problem, preview.damaged, preview.jpeg[:2]) == ("photo.truncated", True, b"\xff\xd8")


@pytest.mark.parametrize("mode", MODES)
def test_a_picture_of_any_mode_has_a_preview(mode: str, tmp_path: Path) -> None:
    image = Image.new(mode, (300, 200)) if mode == "I;16" else picture(300, 200).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    preview = IsolatedDecoder().preview(file(tmp_path, encode(image, kind)), 400)
    assert preview.jpeg
    assert not preview.damaged


def test_more_memory_than_allowed_is_one_problem(tmp_path: Path) -> None:
    path = file(tmp_path, encode(Image.new("RGB", (7000, 7000), "red"), "PNG", compress_level=1))
    assert problem_of(path, IsolatedDecoder(DecoderLimits(memory_bytes=400_000_000))) == "photo.too_costly"


def test_more_processor_time_than_allowed_is_one_problem(replaced_child: ReplacedChild, tmp_path: Path) -> None:
    decoder = replaced_child("limits._set_limits(2_000_000_000, 1)\nwhile True: pass\n")
    assert problem_of(file(tmp_path, b"any"), decoder) == "photo.too_costly"


@pytest.mark.parametrize("code", ["os.kill(os.getpid(), signal.SIGSEGV)", "raise MemoryError", "os._exit(0)", "pass"])
def test_a_child_that_crashes_or_reports_nothing_is_one_problem(
    code: str, replaced_child: ReplacedChild, tmp_path: Path
) -> None:
    assert problem_of(file(tmp_path, b"any"), replaced_child(code)) == "photo.too_costly"


def test_endless_output_is_cut_off(replaced_child: ReplacedChild, tmp_path: Path) -> None:
    decoder = replaced_child("while True: sys.stdout.buffer.write(bytes(1 << 20))")
    assert problem_of(file(tmp_path, b"any"), decoder) == "photo.too_costly"


def test_a_timeout_is_not_a_fault_of_the_picture(replaced_child: ReplacedChild, tmp_path: Path) -> None:
    decoder = replaced_child("signal.pause()", DecoderLimits(wall_timeout=1))
    assert problem_of(file(tmp_path, b"any"), decoder) == "photo.decoder_busy"


def test_the_slots_limit_how_many_pictures_are_decoded_at_the_same_time(
    replaced_child: ReplacedChild, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    decoder = replaced_child(
        f"open({str(started)!r}, 'w').write(str(os.getpid()) + ' ')\nsignal.pause()",
        DecoderLimits(slots=1, slot_timeout=0.05, wall_timeout=120),
    )
    path = file(tmp_path, b"any")
    first = threading.Thread(target=lambda: problem_of(path, decoder))
    first.start()
    eventually(lambda: started.exists() and started.read_text().endswith(" "))
    assert problem_of(path, decoder) == "photo.decoder_busy"
    os.kill(int(started.read_text()), signal.SIGKILL)
    first.join(60)
    assert not first.is_alive()


def test_the_child_has_no_descriptor_and_no_secret_of_its_parent(
    replaced_child: ReplacedChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHENGGUAN_SECRET", "only for the parent")
    report = tmp_path / "report"
    decoder = replaced_child(
        f"report = repr((sorted(os.listdir('/proc/self/fd')), open('/proc/self/environ').read()))\n"
        f"open({str(report)!r}, 'w').write(report)\n"
    )
    with (tmp_path / "other").open("wb"):
        problem_of(file(tmp_path, b"any"), decoder)
    descriptors, environment = eval(report.read_text())
    assert set(descriptors) <= {"0", "1", "2", "3"}, "the pipes of the child, and the folder that it lists"
    assert "PATH=" in environment
    assert "ZHENGGUAN_SECRET" not in environment


def test_the_child_may_not_write_files(replaced_child: ReplacedChild, tmp_path: Path) -> None:
    written = tmp_path / "written"
    decoder = replaced_child(
        "limits._set_limits(2_000_000_000, 60)\n"
        "names = ('RLIMIT_FSIZE', 'RLIMIT_CORE')\n"
        "assert all(resource.getrlimit(getattr(resource, name)) == (0, 0) for name in names)\n"
        f"try:\n    os.write(os.open({str(written)!r}, os.O_CREAT | os.O_WRONLY), b'x')\n"
        'except OSError:\n    print(\'{"problem": "photo.empty", "values": {}}\', flush=True)\n'
    )
    assert problem_of(file(tmp_path, b"any"), decoder) == "photo.empty"
    assert not written.exists() or not written.read_bytes()
