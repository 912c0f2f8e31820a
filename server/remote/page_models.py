"""Pack MediaPipe's models, as its wheel contains them, into the files that tasks-vision reads in a browser.

A `.task` file is an uncompressed zip of `.tflite` files under fixed names. tasks-vision expects the face mesh as one
tensor of 478 x 3 numbers and a flag; the wheel's model has the mesh and its refined parts as separate tensors, which
the graph of `FaceMesh(refine_landmarks=True)` puts together afterwards. Two operators at the end of the model,
CONCATENATION and GATHER, do the same, so the browser runs the weights that `kiosk.guidance` runs.

This file imports mediapipe, and runs only when the page is built (server/remote/page_build.py).
"""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MESH_POINTS: Final = 468
POINTS: Final = 478
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the same bytes at every build
_FACE_DETECTOR: Final = "face_detection/face_detection_short_range.tflite"
_FACE_MESH: Final = "face_landmark/face_landmark_with_attention.tflite"
_PERSON: Final = "selfie_segmentation/selfie_segmentation.tflite"


def models_installed() -> bool:
    """Return whether the wheel of mediapipe is installed (the extra `engine`)."""
    return find_spec("mediapipe") is not None


def write_models(folder: Path) -> None:
    """Write `face.task` and `person.tflite` into `folder`."""
    modules = _modules_folder()
    with zipfile.ZipFile(folder / "face.task", "w", zipfile.ZIP_STORED) as task:
        _add(task, "face_detector.tflite", (modules / _FACE_DETECTOR).read_bytes())
        _add(task, "face_landmarks_detector.tflite", join_outputs((modules / _FACE_MESH).read_bytes()))
    (folder / "person.tflite").write_bytes((modules / _PERSON).read_bytes())


def point_sources() -> NDArray[np.int32]:
    """Return for each of the 478 x 3 numbers of the refined mesh its index in the model's joined outputs.

    The graph of the installed mediapipe names the points that the refined outputs replace. An iris has no depth; it
    gets that of the eye's outer corner, and no metric uses it.
    """
    places = np.full(POINTS * 3, -1, np.int32)
    places[: MESH_POINTS * 3] = np.arange(MESH_POINTS * 3)
    start = MESH_POINTS * 3
    for points, depth_from in _refinements():
        for number, point in enumerate(points):
            places[3 * point : 3 * point + 2] = start + 2 * number, start + 2 * number + 1
            if depth_from is not None:
                places[3 * point + 2] = 3 * depth_from + 2
        start += 2 * len(points)
    assert (places >= 0).all()
    return places


def join_outputs(model: bytes) -> bytes:
    """Return the model of the mesh with one output of the 478 points, and the flag."""
    import flatbuffers

    schema = _schema()
    net = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    graph = net.subgraphs[0]
    *parts, flag = list(graph.outputs)
    places = point_sources()
    total = int(MESH_POINTS * 3 + sum(2 * len(points) for points, _ in _refinements()))
    edit = _Edit(schema, net)
    joined = edit.add_tensor("joined", [1, 1, 1, total], schema.TensorType.FLOAT32)
    edit.add_operator("CONCATENATION", parts, joined, schema.ConcatenationOptionsT())
    index = edit.add_tensor("places", [len(places)], schema.TensorType.INT32, places)
    points = edit.add_tensor("points", [1, 1, 1, len(places)], schema.TensorType.FLOAT32)
    edit.add_operator("GATHER", [joined, index], points, schema.GatherOptionsT())
    graph.outputs = [points, flag]
    net.signatureDefs = []
    builder = flatbuffers.Builder(len(model) + 100_000)
    builder.Finish(net.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Edit:
    """An editor that adds tensors and operators to a model in the object API of flatbuffers."""

    def __init__(self, schema: Any, net: Any) -> None:
        self._schema, self._net, self._graph = schema, net, net.subgraphs[0]

    def add_tensor(self, name: str, shape: list[int], kind: int, values: NDArray[np.int32] | None = None) -> int:
        """Return the number of the new tensor; `values` make it a constant."""
        tensor, buffer = self._schema.TensorT(), self._schema.BufferT()
        buffer.data = None if values is None else np.frombuffer(values.astype("<i4").tobytes(), np.uint8)
        self._net.buffers.append(buffer)
        tensor.name, tensor.shape, tensor.type = name, shape, kind
        tensor.buffer = len(self._net.buffers) - 1
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def add_operator(self, name: str, inputs: list[int], output: int, options: Any) -> None:
        """Append an operator along the last axis; `options` are those of the operator."""
        code, operator = self._schema.OperatorCodeT(), self._schema.OperatorT()
        code.deprecatedBuiltinCode = code.builtinCode = getattr(self._schema.BuiltinOperator, name)
        code.version = 1
        self._net.operatorCodes.append(code)
        options.axis = 3
        operator.opcodeIndex = len(self._net.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, f"{name.capitalize()}Options")
        operator.builtinOptions = options
        self._graph.operators.append(operator)


def _refinements() -> list[tuple[list[int], int | None]]:
    """Return the points that each refined output replaces, in the order of the outputs, and the point whose depth they
    get (None: they keep their own)."""
    from kiosk.guidance.detection.mediapipe_solutions import FaceMesh, import_part

    refinement = import_part("calculators.util.landmarks_refinement_calculator_pb2")
    calculator_pb2 = import_part("framework.calculator_pb2")
    mesh = FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
    graph = calculator_pb2.CalculatorGraphConfig()
    graph.ParseFromString(mesh._graph.binary_config)
    mesh.close()
    (node,) = (node for node in graph.node if node.calculator == "LandmarksRefinementCalculator")
    extension = refinement.LandmarksRefinementCalculatorOptions.ext
    _, *refined = node.options.Extensions[extension].refinement  # the first is the whole mesh
    return [
        (list(one.indexes_mapping), next(iter(one.z_refinement.assign_average.indexes_for_average), None))
        for one in refined
    ]


def _schema() -> Any:
    from kiosk.guidance.detection.mediapipe_solutions import import_part

    return import_part("tasks.metadata.schema_py_generated")


def _modules_folder() -> Path:
    spec = find_spec("mediapipe")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "modules"


def _add(task: zipfile.ZipFile, name: str, content: bytes) -> None:
    task.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content)
