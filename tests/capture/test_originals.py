from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.capture.originals import Originals
from kiosk.capture.portrait import PhotoProblem


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def test_what_was_kept_reads_back_with_its_facts(tmp_path: Path) -> None:
    kept = Originals(tmp_path / "shots").keep(b"a shot", "DSC_0001.JPG")
    assert kept.path.read_bytes() == b"a shot"
    assert (kept.name, kept.size, kept.sha256) == ("DSC_0001.JPG", 6, sha256(b"a shot").hexdigest())
    assert kept.path.suffix == ".jpg"
    assert Originals(tmp_path / "shots").read(kept) == b"a shot"


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX matter")
def test_only_the_station_may_read_it(tmp_path: Path) -> None:
    kept = Originals(tmp_path / "shots").keep(b"a shot", "a.jpg")
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_under_any_name(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    originals = Originals(tmp_path_factory.mktemp("shots"))
    kept = originals.keep(data, name)
    assert kept.path.parent == originals.folder
    assert originals.read(kept) == data


def test_the_same_bytes_twice_are_two_files_so_that_one_can_go_without_the_other(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    first, second = originals.keep(b"same", "a.jpg"), originals.keep(b"same", "a.jpg")
    originals.drop(first)
    originals.drop(first)
    assert originals.read(second) == b"same"
    with pytest.raises(PhotoProblem) as gone:
        originals.read(first)
    assert gone.value.key == "photo.missing"


def test_a_seal_stands_between_the_bytes_and_the_disk(tmp_path: Path) -> None:
    def turn(data: bytes) -> bytes:
        return bytes(b ^ 0x5A for b in data)

    originals = Originals(tmp_path, seal=turn, unseal=turn)
    kept = originals.keep(b"a shot", "a.jpg")
    assert b"a shot" not in kept.path.read_bytes()
    assert kept.sha256 == sha256(b"a shot").hexdigest()
    assert originals.read(kept) == b"a shot"


def test_a_changed_file_is_never_handed_out(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    kept = originals.keep(b"a shot", "a.jpg")
    kept.path.write_bytes(b"a shod")
    with pytest.raises(PhotoProblem) as altered:
        originals.read(kept)
    assert altered.value.key == "photo.altered"


def test_a_seal_that_does_not_open_means_altered(tmp_path: Path) -> None:
    def broken(_data: bytes) -> bytes:
        raise ValueError("tag")

    originals = Originals(tmp_path, unseal=broken)
    with pytest.raises(PhotoProblem) as altered:
        originals.read(originals.keep(b"a shot", "a.jpg"))
    assert altered.value.key == "photo.altered"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "key"),
    [(errno.ENOSPC, "photo.disk_full"), (errno.EDQUOT, "photo.disk_full"), (errno.EIO, "photo.disk_failed")],
)
def test_a_failing_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, key: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    originals = Originals(tmp_path)
    before = originals.keep(b"the one before", "a.jpg")
    with monkeypatch.context() as broken:
        broken.setattr(os, step, fail)
        with pytest.raises(PhotoProblem) as problem:
            originals.keep(b"x" * 5000, "b.jpg")
    assert problem.value.key == key
    assert files(tmp_path) == [before.path.name]
    assert originals.read(before) == b"the one before"
    assert originals.keep(b"after", "c.jpg").path.exists()


CHILD = """
    import os, resource, signal, sys
    from pathlib import Path
    from kiosk.capture.originals import Originals
    {fault}
    Originals(Path(sys.argv[1])).keep(b"x" * 100_000, "a.jpg")
"""


def child(fault: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(CHILD).replace("{fault}", fault)
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(os.name != "posix", reason="signals and limits are a POSIX matter")
def test_killed_between_write_and_rename_nothing_half_is_seen(tmp_path: Path) -> None:
    done = child("os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert done.returncode == -9
    assert [name for name in files(tmp_path) if not name.startswith(".")] == []
    assert len(files(tmp_path)) == 1, "the fault did not bite: nothing had been written yet"
    originals = Originals(tmp_path)
    assert originals.strays([]) == []
    originals.tidy()
    assert files(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="signals and limits are a POSIX matter")
def test_the_kernel_refusing_bytes_half_way_leaves_nothing(tmp_path: Path) -> None:
    limit = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    done = child(limit, tmp_path)
    assert done.returncode == 1
    assert "PhotoProblem" in done.stderr
    assert files(tmp_path) == []


def test_strays_are_the_whole_files_nobody_knows(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    known, stray = originals.keep(b"known", "a.jpg"), originals.keep(b"stray", "b.jpg")
    assert originals.strays([known.path]) == [stray.path]
    assert Originals(tmp_path / "none").strays([]) == []
