"""The effect of each PTP operation on the simulated camera, and its response."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from hardware.simulators.ptp_camera import datasets
from hardware.simulators.ptp_camera.body import Body
from hardware.simulators.ptp_camera.card import CAPACITY, STORAGE
from hardware.simulators.ptp_camera.codes import Format, Operation, Property, Response
from hardware.simulators.ptp_camera.packets import Request

_WITH_FOCUS: Final = 0xFFFFFFFE
"""First parameter of CAPTURE_TO_MEDIA if the camera must focus before it shoots; 0xFFFFFFFF: it must not."""


_FRAME_HEADER: Final = bytes(128)  # Nikon's, before the JPEG; libgphoto2 searches for the JPEG after it


@dataclass(frozen=True)
class Answer:
    """A response, and the data before it if the operation has any."""

    code: int = Response.OK
    data: bytes | None = None
    parameters: tuple[int, ...] = ()


OperationHandler = Callable[[Body, Request, bytes], Answer]


def execute(body: Body, request: Request, data: bytes, known: Collection[int]) -> Answer:
    """Execute `request`; `known` are the operations that this camera supports."""
    act = _TABLE.get(request.operation)
    if act is None or request.operation not in known:
        return Answer(Response.OPERATION_NOT_SUPPORTED)
    return act(body, request, data)


def _done(body: Body, request: Request, data: bytes) -> Answer:
    return Answer()


def _storage_ids(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(data=datasets.array("I", [STORAGE] if body.card.present else []))


def _storage_info(body: Body, request: Request, data: bytes) -> Answer:
    if request.parameter(0) != STORAGE:
        return Answer(Response.INVALID_STORAGE_ID)
    if not body.card.present:
        return Answer(Response.STORE_NOT_AVAILABLE)
    return Answer(data=datasets.storage_info(CAPACITY, body.card.free, body.card.pictures_left))


def _number_of_objects(body: Body, request: Request, data: bytes) -> Answer:
    if not body.card.present:
        return Answer(Response.STORE_NOT_AVAILABLE)
    return Answer(parameters=(len(body.card.handles(request.parameter(2))),))


def _object_handles(body: Body, request: Request, data: bytes) -> Answer:
    if not body.card.present:
        return Answer(Response.STORE_NOT_AVAILABLE)
    return Answer(data=datasets.array("I", body.card.handles(request.parameter(2))))


def _object_info(body: Body, request: Request, data: bytes) -> Answer:
    stored = body.card.get(request.parameter(0))
    if stored is None:
        return Answer(Response.INVALID_OBJECT_HANDLE)
    return Answer(data=datasets.object_info(stored, body.card.storage_of(stored)))


def _object(body: Body, request: Request, data: bytes) -> Answer:
    stored = body.card.get(request.parameter(0))
    if stored is None or stored.format == Format.FOLDER:
        return Answer(Response.INVALID_OBJECT_HANDLE)
    return Answer(data=stored.data)


def _partial_object(body: Body, request: Request, data: bytes) -> Answer:
    whole = _object(body, request, data)
    if whole.data is None:
        return whole
    start, size = request.parameter(1), request.parameter(2)
    part = whole.data[start : start + size]
    return Answer(data=part, parameters=(len(part),))


def _delete_object(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(Response.OK if body.card.delete(request.parameter(0)) else Response.INVALID_OBJECT_HANDLE)


def _no_thumbnail(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(Response.NO_THUMBNAIL)


def _property(request: Request) -> Property | None:
    code = request.parameter(0)
    return Property(code) if code in Property.__members__.values() else None


def _property_description(body: Body, request: Request, data: bytes) -> Answer:
    code = _property(request)
    if code is None:
        return Answer(Response.PROPERTY_NOT_SUPPORTED)
    body.refresh_status()
    return Answer(data=body.properties.description(code))


def _get_property(body: Body, request: Request, data: bytes) -> Answer:
    code = _property(request)
    if code is None:
        return Answer(Response.PROPERTY_NOT_SUPPORTED)
    body.refresh_status()
    return Answer(data=body.properties.data(code))


def _set_property(body: Body, request: Request, data: bytes) -> Answer:
    code = _property(request)
    return Answer(Response.PROPERTY_NOT_SUPPORTED if code is None else body.properties.change(code, data))


def _initiate_capture(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.capture(focus=True, to_memory=False))


def _capture_to_media(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.capture(request.parameter(0) == _WITH_FOCUS, to_memory=request.parameter(1) == 1))


def _autofocus(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.drive_autofocus())


def _ready(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.ready())


def _start_live_view(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.start_live_view())


def _end_live_view(body: Body, request: Request, data: bytes) -> Answer:
    return Answer(body.end_live_view())


def _live_view_image(body: Body, request: Request, data: bytes) -> Answer:
    frame = body.frame()
    return Answer(frame) if isinstance(frame, Response) else Answer(data=_FRAME_HEADER + frame)


_TABLE: Final[dict[int, OperationHandler]] = {
    Operation.GET_STORAGE_IDS: _storage_ids,
    Operation.GET_STORAGE_INFO: _storage_info,
    Operation.GET_NUMBER_OF_OBJECTS: _number_of_objects,
    Operation.GET_OBJECT_HANDLES: _object_handles,
    Operation.GET_OBJECT_INFO: _object_info,
    Operation.GET_OBJECT: _object,
    Operation.GET_THUMBNAIL: _no_thumbnail,
    Operation.DELETE_OBJECT: _delete_object,
    Operation.INITIATE_CAPTURE: _initiate_capture,
    Operation.GET_PROPERTY_DESCRIPTION: _property_description,
    Operation.GET_PROPERTY: _get_property,
    Operation.SET_PROPERTY: _set_property,
    Operation.GET_PARTIAL_OBJECT: _partial_object,
    Operation.AF_DRIVE: _autofocus,
    Operation.DEVICE_READY: _ready,
    Operation.START_LIVE_VIEW: _start_live_view,
    Operation.END_LIVE_VIEW: _end_live_view,
    Operation.GET_LIVE_VIEW_IMAGE: _live_view_image,
    Operation.CAPTURE_TO_MEDIA: _capture_to_media,
}
