from __future__ import annotations

import argparse
import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings.matting_models import CUSTOM_FILE_NAME
from tests.kiosk.capture.matting.tiny_network import write_wheel
from tests.kiosk.tools.photo.models_command import MODEL, file_names, flip_byte, models_command, problem_of

pytestmark = pytest.mark.process


def test_a_damaged_network_is_replaced(models_folder: Path, tmp_path: Path) -> None:
    (models_folder / "tiny.onnx").write_bytes(flip_byte(MODEL, 20))
    models_command("install", "tiny", "--from", write_wheel(tmp_path / "stick", MODEL))
    assert (models_folder / "tiny.onnx").read_bytes() == MODEL


def _wrong_content(folder: Path) -> Path:
    return write_wheel(folder, flip_byte(MODEL, 20))


def _longer_content(folder: Path) -> Path:
    return write_wheel(folder, MODEL + bytes(9_000_000))


def _truncated_wheel(folder: Path) -> Path:
    """An interrupted download: the directory of a zip file is at its end."""
    path = write_wheel(folder, MODEL)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def _damaged_wheel(folder: Path) -> Path:
    path = write_wheel(folder, MODEL)
    content = path.read_bytes()
    path.write_bytes(flip_byte(content, content.index(MODEL) + 20))
    return path


def _other_wheel(folder: Path) -> Path:
    return write_wheel(folder, MODEL, "tiny/models/other.onnx")


def _truncated_model(folder: Path) -> Path:
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(MODEL[:-1])
    return folder / "tiny.onnx"


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (_wrong_content, "models.wrong_hash"),
        (_longer_content, "models.wrong_size"),
        (_truncated_wheel, "models.wrong_size"),
        (_damaged_wheel, "models.bad_wheel"),
        (_other_wheel, "models.not_in_wheel"),
        (_truncated_model, "models.wrong_size"),
        (lambda folder: folder / "nowhere.whl", "models.disk_failed"),
    ],
)
def test_a_wrong_file_is_reported_and_leaves_nothing(
    models_folder: Path, tmp_path: Path, source: object, key: str
) -> None:
    path = source(tmp_path / "stick")  # type: ignore[operator]
    assert problem_of("install", "tiny", "--from", path).key == key
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_a_wrong_wheel_from_the_index_leaves_nothing(models_folder: Path, tmp_path: Path) -> None:
    _wrong_content(tmp_path / "index")
    assert problem_of("install", "tiny").key == "models.wrong_hash"
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_a_failure_does_not_change_the_old_network(models_folder: Path, tmp_path: Path) -> None:
    (models_folder / "tiny.onnx").write_bytes(b"an older one")
    assert problem_of("install", "tiny", "--from", _wrong_content(tmp_path / "stick")).key == "models.wrong_hash"
    assert (models_folder / "tiny.onnx").read_bytes() == b"an older one"


def test_an_index_without_the_network_is_reported(models_folder: Path) -> None:
    problem = problem_of("install", "tiny")
    assert problem.key == "models.not_on_index"
    assert "tiny-network 1.0" in str(problem)
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_an_index_that_cannot_be_reached_is_reported(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # a port of this machine without a server
    problem = problem_of("install", "tiny")
    assert problem.key == "models.no_network"
    assert "--from" in str(problem)
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


@pytest.mark.parametrize(
    ("output", "key"),
    [
        ("/usr/bin/python: No module named pip", "models.no_pip"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "models.disk_full"),
        ("ERROR: something new", "models.pip_failed"),
    ],
)
def test_pip_output_becomes_one_sentence(
    models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, key: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{output}' >&2\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert problem_of("install", "tiny").key == key
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_a_full_disk_is_reported_before_anything_is_fetched(
    models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(tmp_path / "index", MODEL)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: argparse.Namespace(free=100))
    assert problem_of("install", "tiny").key == "models.disk_full"
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_a_disk_that_fills_up_is_reported(models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert problem_of("install", "tiny", "--from", write_wheel(tmp_path / "stick", MODEL)).key == "models.disk_full"
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


KILLED_PROGRAM = """
import os, signal, sys
from pathlib import Path
from config.settings.matting_models import known_networks
from kiosk.tools.photo.network_installation import install

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

os.{at} = kill
install(known_networks()[0], None, Path(sys.argv[1]), lambda done, total: None)
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has SIGKILL")
@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_killed_installation_leaves_no_partial_network(models_folder: Path, tmp_path: Path, at: str) -> None:
    source = write_wheel(tmp_path / "stick", MODEL)
    ended = subprocess.run([sys.executable, "-c", KILLED_PROGRAM.replace("{at}", at), source], check=False)
    assert ended.returncode == -signal.SIGKILL
    (partial,) = file_names(models_folder) - {CUSTOM_FILE_NAME}
    assert (models_folder / partial / "tiny.onnx").exists(), "control: it was killed after writing the file"
    assert models_command("install", "tiny", "--from", source) == 0
    assert file_names(models_folder) == {CUSTOM_FILE_NAME, "tiny.onnx", partial}, (
        "the folder may belong to another installation that is still running"
    )
    (models_folder / "tiny.onnx").unlink()
    for path in (models_folder / partial, models_folder / partial / "tiny.onnx"):
        os.utime(path, (1e9, 1e9))
    models_command("install", "tiny", "--from", source)
    assert file_names(models_folder) == {CUSTOM_FILE_NAME, "tiny.onnx"}
