"""An optional portrait network, whose matte supplements the engine's own mask and never replaces it.

A network runs in ONNX Runtime on the processor, with a fixed number of threads: the same picture gives the same bits
on one type of processor. On another the alphas of MODNet differ by some 1e-6, which the matte rounds away.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Plane
from config.errors import Problem
from config.opencv import cv2
from config.settings.matting_models import Network, NetworkInput, known_networks, models_folder

_THREAD_COUNT: Final = 2
_OUTPUT_TOLERANCE: Final = 0.05  # interpolation inside a network may exceed 0..1 by that much


class PortraitNetwork(Protocol):
    """The interface of a network; `name` and `sha256` (of its file) are recorded in the recipe."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def alpha(self, image: FloatImage, method_2: bool = False) -> Plane:
        """Return the share of person, float32 (h, w) 0..1, at every pixel of `image`, float32 (h, w, 3) sRGB 0..1; for
        `method_2` (kiosk.capture.matting.matte) with the input, and so the bits, of that method."""
        ...


class OnnxNetwork:
    """A network in ONNX, loaded and ready. May be used from several threads at once."""

    def __init__(self, network: Network, read_model: Callable[[], bytes]) -> None:
        """`read_model` returns the checked content of the network's file. Raises what `read_model` raises, and Problem
        (models.no_runtime, models.broken)."""
        self._network = network
        self._read_model = read_model
        self._session = _session(network, read_model(), "ORT_ENABLE_ALL")
        self._input = str(self._session.get_inputs()[0].name)
        self._output = str(self._session.get_outputs()[0].name)

    @property
    def name(self) -> str:
        return self._network.name

    @property
    def sha256(self) -> str:
        return self._network.sha256

    @cached_property
    def _session_of_method_2(self) -> Any:
        return _session(self._network, self._read_model(), "ORT_ENABLE_EXTENDED")

    def alpha(self, image: FloatImage, method_2: bool = False) -> Plane:
        """Like PortraitNetwork. Raises Problem (models.wrong_interface) if the network contradicts its entry."""
        height, width = image.shape[:2]
        session, contract = self._session, self._network.input
        if method_2:
            session, contract = self._session_of_method_2, self._network.method_2_input or contract
        values = _network_input(image, contract)
        try:
            raw = session.run([self._output], {self._input: values})[0]
        except Exception as error:  # ONNX Runtime's exceptions have no base class in common
            raise self._contract_problem(_first_line(error)) from error
        plane = self._to_alpha(np.asarray(raw))
        return np.clip(_resize(plane, (width, height)), 0, 1)

    def _to_alpha(self, raw: NDArray[Any]) -> Plane:
        plane = np.squeeze(raw).astype(np.float32)
        if plane.ndim != 2:
            raise self._contract_problem(f"output of shape {raw.shape}")
        if self._network.output.activation == "sigmoid":
            plane = np.asarray(1 / (1 + np.exp(-plane)), np.float32)
        low, high = float(plane.min()), float(plane.max())
        if not (low >= -_OUTPUT_TOLERANCE and high <= 1 + _OUTPUT_TOLERANCE):  # "not": true for NaN as well
            raise self._contract_problem(f"output from {low:g} to {high:g}")
        return plane

    def _contract_problem(self, reason: str) -> Problem:
        return Problem("models.wrong_interface", name=self.name, why=reason)


def installed_network(folder: Path | None = None, name: str | None = None) -> PortraitNetwork | None:
    """Return the network installed in `folder` (the models folder if None), ready to use; None if there is none.

    A school's own entries come first, then the shipped ones; with `name`, only that one. Raises Problem if an
    installed network is unusable: models.damaged, models.unreadable, models.no_runtime, models.broken; models.wrong if
    the school's entries are.
    """
    for network in known_networks(folder):
        if name in (None, network.name) and os.path.isfile(model_path(network, folder)):
            return load_network(network, folder)
    return None


def load_network(network: Network, folder: Path | None = None) -> OnnxNetwork:
    """Load `network`."""
    return OnnxNetwork(network, partial(_read_model, network, model_path(network, folder)))


def _read_model(network: Network, path: Path) -> bytes:
    """Return the content of the file, so that the bytes that run are those whose hash was checked."""
    try:
        model = path.read_bytes()
    except OSError as error:
        raise Problem("models.unreadable", file=str(path), why=error.strerror or str(error)) from error
    if hashlib.sha256(model).hexdigest() != network.sha256:
        raise Problem("models.damaged", name=network.name, file=str(path))
    return model


def model_path(network: Network, folder: Path | None = None) -> Path:
    """Return the path of the file of `network`, whether it exists or not."""
    return models_folder(folder) / network.file


def _session(network: Network, model: bytes, level: str) -> Any:
    """Load `model`. `level` is a name of onnxruntime.GraphOptimizationLevel: with the highest, MODNet takes a quarter
    less time than one level below, which does not use the layouts for the processor of this machine."""
    try:
        import onnxruntime  # ten megabytes that a machine without a network does not need
    except ImportError as error:
        raise Problem("models.no_runtime", name=network.name) from error
    onnxruntime.disable_telemetry_events()  # otherwise its Windows build sends telemetry
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREAD_COUNT
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the live view needs the cores
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions have no base class in common
        raise Problem("models.broken", name=network.name, why=_first_line(error)) from error


def _network_input(image: FloatImage, contract: NetworkInput) -> Plane:
    """Return the input, float32 (1, 3, h, w) or (1, h, w, 3), as in the network's entry."""
    height, width = image.shape[:2]
    pixels = _resize(image, contract.size_for(width, height))
    pixels = (pixels[..., ::-1] if contract.channels == "BGR" else pixels) - np.asarray(contract.mean, np.float32)
    pixels /= np.asarray(contract.scale, np.float32)
    if contract.layout == "NCHW":
        pixels = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(pixels[None], np.float32)


def _resize(image: Plane, size: tuple[int, int]) -> Plane:
    """Average if the picture shrinks, interpolate if it grows."""
    if (image.shape[1], image.shape[0]) == size:
        return image
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.float32)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
