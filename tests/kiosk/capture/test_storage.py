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

from config import atomic_file
from kiosk.capture.file_header import MAGIC, FileContent, add_header, parse_content
from kiosk.capture.storage import FileStore
from kiosk.capture.types import PhotoProblem
from kiosk.upload.envelope import FileInfo
from tests.waiting import scale_timeout


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def test_a_stored_file_is_read_back_with_its_name_size_and_hash(tmp_path: Path) -> None:
    stored = FileStore(tmp_path / "shots").store(b"a shot", "DSC_0001.JPG")
    assert stored.path.read_bytes() == b"a shot"
    assert (stored.name, stored.size, stored.sha256) == ("DSC_0001.JPG", 6, sha256(b"a shot").hexdigest())
    assert stored.path.suffix == ".jpg"
    assert FileStore(tmp_path / "shots").read(stored) == b"a shot"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has file modes")
def test_only_the_station_may_read_it(tmp_path: Path) -> None:
    stored = FileStore(tmp_path / "shots").store(b"a shot", "a.jpg")
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.path.parent.stat().st_mode) == 0o700


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_under_any_name(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    originals = FileStore(tmp_path_factory.mktemp("shots"))
    stored = originals.store(data, name)
    assert stored.path.parent == originals.folder
    assert originals.read(stored) == data


def test_the_same_bytes_are_stored_as_two_files_so_that_one_can_be_deleted_alone(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    first, second = originals.store(b"same", "a.jpg"), originals.store(b"same", "a.jpg")
    originals.delete(first)
    originals.delete(first)
    assert originals.read(second) == b"same"
    with pytest.raises(PhotoProblem) as problem:
        originals.read(first)
    assert problem.value.key == "photo.missing"


def test_the_bytes_on_the_disk_are_encrypted(tmp_path: Path) -> None:
    def xor(data: bytes) -> bytes:
        return bytes(b ^ 0x5A for b in data)

    originals = FileStore(tmp_path, encrypt=xor, decrypt=xor)
    stored = originals.store(b"a shot", "a.jpg")
    assert b"a shot" not in stored.path.read_bytes()
    assert stored.sha256 == sha256(b"a shot").hexdigest()
    assert originals.read(stored) == b"a shot"


def test_a_changed_file_is_never_returned(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    stored = originals.store(b"a shot", "a.jpg")
    stored.path.write_bytes(b"a shod")
    with pytest.raises(PhotoProblem) as altered:
        originals.read(stored)
    assert altered.value.key == "photo.altered"


def test_a_file_that_cannot_be_decrypted_counts_as_altered(tmp_path: Path) -> None:
    def fail(_data: bytes) -> bytes:
        raise ValueError("tag")

    originals = FileStore(tmp_path, decrypt=fail)
    with pytest.raises(PhotoProblem) as altered:
        originals.read(originals.store(b"a shot", "a.jpg"))
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

    originals = FileStore(tmp_path)
    before = originals.store(b"the one before", "a.jpg")
    with monkeypatch.context() as broken:
        broken.setattr(os, step, fail)
        with pytest.raises(PhotoProblem) as problem:
            originals.store(b"x" * 5000, "b.jpg")
    assert problem.value.key == key
    assert files(tmp_path) == [before.path.name]
    assert originals.read(before) == b"the one before"
    assert originals.store(b"after", "c.jpg").path.exists()


CHILD = """
    import os, resource, signal, sys
    from pathlib import Path
    from kiosk.capture.storage import FileStore
    {fault}
    FileStore(Path(sys.argv[1])).store(b"x" * 100_000, "a.jpg")
"""


def run_child(fault: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(CHILD).replace("{fault}", fault)
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=scale_timeout(60),
    )


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="only POSIX has signals and limits")
def test_a_kill_between_write_and_rename_shows_no_partial_file_and_loses_nothing(tmp_path: Path) -> None:
    child = run_child("os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert child.returncode == -9
    assert [name for name in files(tmp_path) if not name.startswith(".")] == []
    assert len(files(tmp_path)) == 1, "the fault came too early: nothing had been written yet"
    originals = FileStore(tmp_path)
    assert originals.orphans([]) == []
    assert originals.recover_partial() == []
    [stored] = originals.orphans([])
    assert stored.read_bytes() == b"x" * 100_000


def test_a_file_cut_off_while_it_was_written_is_not_recovered(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    stored = originals.reserve(b"x" * 1000, "a.jpg")
    part = tmp_path / f".{stored.path.name}.part"
    part.write_bytes(b"x" * 999)
    assert originals.recover_partial() == [part]
    assert (part.read_bytes(), originals.orphans([])) == (b"x" * 999, [])


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="only POSIX has signals and limits")
def test_a_write_that_the_kernel_refuses_half_way_leaves_nothing(tmp_path: Path) -> None:
    limit = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    child = run_child(limit, tmp_path)
    assert child.returncode == 1
    assert "PhotoProblem" in child.stderr
    assert files(tmp_path) == []


def test_orphans_are_the_complete_files_without_a_record(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    known, stray = originals.store(b"known", "a.jpg"), originals.store(b"stray", "b.jpg")
    assert originals.orphans([known.path]) == [stray.path]
    assert FileStore(tmp_path / "none").orphans([]) == []


def test_a_header_is_stored_in_front_and_removed_when_read(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    stored = originals.store(b"a shot", "a.jpg", {"visit": "v", "name": "王*明"})
    assert (originals.read(stored), stored.size, stored.sha256) == (b"a shot", 6, sha256(b"a shot").hexdigest())
    header = originals.read_content(stored).header
    assert header is not None
    assert (header["visit"], header["name"], header["sha256"]) == ("v", "王*明", stored.sha256)
    assert originals.read_unrecorded(stored.path).data == b"a shot"


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4), st.binary(max_size=200))
def test_any_header_before_any_bytes(header: dict[str, str], data: bytes) -> None:
    content = parse_content(add_header(header, data))
    assert content.data == data
    assert content.header is not None
    assert parse_content(data) == FileContent(data)


@given(st.binary(max_size=60))
def test_bytes_that_look_like_a_header_are_a_picture(tail: bytes) -> None:
    """A picture stored by 86a4649, without a header, may begin with MAGIC."""
    assert parse_content(MAGIC + tail) == FileContent(MAGIC + tail)


def test_a_picture_that_is_itself_a_file_with_a_header_is_read_as_it_was_stored(tmp_path: Path) -> None:
    originals = FileStore(tmp_path)
    inside = add_header({"visit": "v"}, b"a shot")
    stored = originals.store(inside, "a.jpg")
    assert originals.read(stored) == inside


@pytest.mark.parametrize(
    ("original_name", "stored_name"),
    [
        ("IMG_0001.JPG", "IMG_0001.JPG"),
        ("a" * 300 + ".JPG", "a" * 116 + ".jpg"),
        ("", "photo"),
        ("/card/DCIM/100/IMG_1.CR3", "IMG_1.CR3"),
        ("C:\\pictures\\IMG_1.JPG", "IMG_1.JPG"),
        ("IMG\x00\n\ud800\u202e_1.JPG", "IMG_1.JPG"),
        ("照片" * 100, "照片" * 60),
        ("...", "..."),
    ],
)
def test_a_name_is_shortened_and_cleaned_when_the_file_is_stored(
    tmp_path: Path, original_name: str, stored_name: str
) -> None:
    stored = FileStore(tmp_path).store(b"x", original_name)
    assert stored.name == stored_name
    assert FileInfo(name=stored.name, size=1, sha256=stored.sha256).name == stored_name


def test_a_new_folder_is_synced_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(atomic_file, "sync_folder", synced.append)
    old = tmp_path / "old"
    old.mkdir(mode=0o755)
    atomic_file.make_private_folder(old / "a" / "b")
    assert synced == [old, old / "a"]
    atomic_file.make_private_folder(old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o700
