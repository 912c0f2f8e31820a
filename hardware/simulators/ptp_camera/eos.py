"""Canon's EOS dialect: a remote mode, settings and events by polling, a shutter that is pressed halfway and fully.

Numbers and layouts are those of libgphoto2 2.5.34 (camlibs/ptp2: ptp.h, ptp-pack.c, library.c).
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from hardware.simulators.ptp_camera import datasets
from hardware.simulators.ptp_camera.body import Body
from hardware.simulators.ptp_camera.card import CAPACITY, STORAGE
from hardware.simulators.ptp_camera.codes import Event, Operation, Property, Response
from hardware.simulators.ptp_camera.operations import Answer, execute
from hardware.simulators.ptp_camera.packets import Request

CANON: Final = 0xB
_NOT_READY: Final = 0xA102  # no live-view picture is there yet


class EosOperation(IntEnum):
    GET_STORAGE_IDS = 0x9101
    GET_STORAGE_INFO = 0x9102
    SET_PROPERTY = 0x9110
    SET_REMOTE_MODE = 0x9114
    SET_EVENT_MODE = 0x9115
    GET_EVENTS = 0x9116
    TRANSFER_COMPLETE = 0x9117
    HOST_CAPACITY = 0x911A
    KEEP_ON = 0x911D
    RELEASE_ON = 0x9128
    RELEASE_OFF = 0x9129
    GET_LIVE_VIEW_IMAGE = 0x9153
    AUTOFOCUS = 0x9154
    CANCEL_AUTOFOCUS = 0x9160


class EosEvent(IntEnum):
    OBJECT_ADDED = 0xC181
    OBJECT_REMOVED = 0xC182
    OBJECT_TO_HOST = 0xC186
    PROPERTY = 0xC189
    CHOICES = 0xC18A


class EosProperty(IntEnum):
    APERTURE = 0xD101
    SHUTTER_SPEED = 0xD102
    ISO = 0xD103
    FOCUS_MODE = 0xD108
    WHITE_BALANCE = 0xD109
    BATTERY = 0xD111
    AUTO_POWER_OFF = 0xD114
    PICTURES_LEFT = 0xD11B
    CAPTURE_DESTINATION = 0xD11C
    LIVE_VIEW_OUTPUT = 0xD1B0
    LIVE_VIEW_MODE = 0xD1B1
    FOCUS_POINTS = 0xD1D3


_INITIAL: Final[dict[EosProperty, tuple[int, tuple[int, ...]]]] = {
    EosProperty.APERTURE: (0x30, (0x20, 0x28, 0x2D, 0x30, 0x38, 0x40, 0x48)),
    EosProperty.SHUTTER_SPEED: (0x70, (0x60, 0x68, 0x6D, 0x70, 0x73, 0x75, 0x78)),
    EosProperty.ISO: (0x48, (0x00, 0x48, 0x50, 0x58, 0x60)),
    EosProperty.FOCUS_MODE: (0, (0, 1, 2, 3)),
    EosProperty.WHITE_BALANCE: (0, (0, 1, 2, 3, 4, 5)),
    EosProperty.BATTERY: (2, ()),
    EosProperty.AUTO_POWER_OFF: (60, ()),
    EosProperty.PICTURES_LEFT: (0, ()),
    EosProperty.CAPTURE_DESTINATION: (2, (2, 4)),
    EosProperty.LIVE_VIEW_OUTPUT: (0, (0, 1, 2, 3)),
    EosProperty.LIVE_VIEW_MODE: (1, (0, 1)),
}
_SERIAL: Final = 0xD1AF  # a text, unlike the others
_TO_HOST, _TO_COMPUTER, _MANUAL_FOCUS = 4, 2, 3
_HALF_PRESS, _FULL_PRESS = 1, 2
_BATTERY_STEPS: Final = ((76, 2), (51, 4), (26, 1), (6, 5), (0, 0))
"""Minimum percent of each battery level that an EOS reports: 100 %, 75 %, 50 %, 25 %, low."""


class Eos:
    """A Canon EOS of about 2016 for one initiator; RAW files and their settings are not supported."""

    vendor = CANON
    operations: frozenset[int] = frozenset(
        {operation for operation in Operation if operation < 0x9000 and operation != Operation.INITIATE_CAPTURE}
        | set(EosOperation)
    )
    properties: tuple[int, ...] = ()

    def __init__(self, body: Body) -> None:
        self._body = body
        self._lock = threading.Lock()
        self._records: list[bytes] = []
        self._out_of_focus = False
        self._settings = {code: first for code, (first, _) in _INITIAL.items()}
        self._table: dict[int, Callable[[Request, bytes], Answer]] = {
            EosOperation.GET_STORAGE_IDS: self._storage_ids,
            EosOperation.GET_STORAGE_INFO: self._storage_info,
            EosOperation.SET_PROPERTY: self._set_property,
            EosOperation.SET_EVENT_MODE: self._begin,
            EosOperation.GET_EVENTS: self._events,
            EosOperation.TRANSFER_COMPLETE: self._transferred,
            EosOperation.RELEASE_ON: self._press,
            EosOperation.GET_LIVE_VIEW_IMAGE: self._live_view_image,
            EosOperation.AUTOFOCUS: self._autofocus,
        }

    def answer(self, request: Request, data: bytes) -> Answer:
        if request.operation in self._table:
            return self._table[request.operation](request, data)
        if request.operation in EosOperation.__members__.values():
            return Answer()
        return execute(self._body, request, data, self.operations)

    def on_event(self, code: int, parameter: int) -> bytes | None:
        if code in (Event.OBJECT_ADDED, Event.OBJECT_ADDED_IN_MEMORY):
            self._queue_object(parameter, to_host=code == Event.OBJECT_ADDED_IN_MEMORY)
        elif code == Event.OBJECT_REMOVED:
            self._queue(EosEvent.OBJECT_REMOVED, struct.pack("<I", parameter))
        elif code == Event.PROPERTY_CHANGED:
            self._queue_from_body()
        return None

    def _storage_ids(self, request: Request, data: bytes) -> Answer:
        return Answer(data=datasets.array("I", [STORAGE] if self._body.card.present else []))

    def _storage_info(self, request: Request, data: bytes) -> Answer:
        card = self._body.card
        if not card.present:
            return Answer(Response.STORE_NOT_AVAILABLE)
        return Answer(data=datasets.storage_info(CAPACITY, card.free, card.pictures_left))

    def _begin(self, request: Request, data: bytes) -> Answer:
        """Start the events: first the value and the choices of every setting."""
        self._queue_from_body()
        self._queue(EosEvent.PROPERTY, struct.pack("<I", _SERIAL) + self._body.identity.serial.encode("ascii") + b"\0")
        for code, (_, choices) in _INITIAL.items():
            self._queue_setting(code)
            if choices:
                listed = struct.pack(f"<III{len(choices)}I", code, 3, len(choices), *choices)
                self._queue(EosEvent.CHOICES, listed)
        return Answer()

    def _events(self, request: Request, data: bytes) -> Answer:
        with self._lock:
            records, self._records = self._records, []
        return Answer(data=b"".join(records) + struct.pack("<II", 8, 0))

    def _set_property(self, request: Request, data: bytes) -> Answer:
        _, code, requested = struct.unpack_from("<III", data.ljust(12, b"\0"))
        if code not in _INITIAL:
            return Answer(Response.PROPERTY_NOT_SUPPORTED)
        setting = EosProperty(code)
        choices = _INITIAL[setting][1]
        if choices and requested not in choices:
            return Answer(Response.INVALID_PROPERTY_VALUE)
        if setting == EosProperty.LIVE_VIEW_OUTPUT:
            response = self._body.start_live_view() if requested & _TO_COMPUTER else self._body.end_live_view()
            if response != Response.OK:
                return Answer(Response.DEVICE_BUSY)
        self._settings[setting] = requested
        self._queue_setting(setting)
        return Answer()

    def _press(self, request: Request, data: bytes) -> Answer:
        """Half press: focus, and report the points in focus. Full press: shoot, unless it could not focus."""
        pressed = request.parameter(0)
        if pressed & _HALF_PRESS:
            self._focus()
        if not pressed & _FULL_PRESS:
            return Answer()
        if self._out_of_focus:
            return Answer(Response.DEVICE_BUSY)
        to_host = self._settings[EosProperty.CAPTURE_DESTINATION] == _TO_HOST
        return Answer(self._body.capture(focus=False, to_memory=to_host))

    def _transferred(self, request: Request, data: bytes) -> Answer:
        """Delete the picture in memory, because the host has it."""
        self._body.card.delete(request.parameter(0))
        return Answer()

    def _autofocus(self, request: Request, data: bytes) -> Answer:
        self._focus()
        return Answer(Response.OUT_OF_FOCUS if self._out_of_focus else Response.OK)

    def _focus(self) -> None:
        manual = self._settings[EosProperty.FOCUS_MODE] == _MANUAL_FOCUS
        self._out_of_focus = not manual and self._body.focus_now() == Response.OUT_OF_FOCUS
        points = struct.pack(
            "<IHH6H4hI", 32, 28, 1, 1, 1, 6000, 4000, 6000, 4000, 100, 100, 0, 0, not self._out_of_focus
        )
        self._queue(EosEvent.PROPERTY, struct.pack("<I", EosProperty.FOCUS_POINTS) + points)

    def _live_view_image(self, request: Request, data: bytes) -> Answer:
        frame = self._body.frame()
        if isinstance(frame, Response):
            return Answer(frame if frame == Response.DEVICE_BUSY else _NOT_READY)
        return Answer(data=struct.pack("<II", 8 + len(frame), 1) + frame)

    def _queue_object(self, handle: int, to_host: bool) -> None:
        stored = self._body.card.get(handle)
        if stored is None:
            return
        name = stored.name.encode("ascii") + b"\0"
        if to_host:
            body = struct.pack("<IIIII", handle, stored.format, 0, len(stored.data), 0) + name
            self._queue(EosEvent.OBJECT_TO_HOST, body)
        else:
            numbers = (handle, STORAGE, stored.format, 0, 0, len(stored.data), stored.parent, handle)
            self._queue(EosEvent.OBJECT_ADDED, struct.pack("<8I", *numbers) + name)

    def _queue_from_body(self) -> None:
        """Queue the settings that belong to the body: its battery, and the room on its card."""
        percent = self._body.properties.number(Property.BATTERY)
        self._settings[EosProperty.BATTERY] = next(level for minimum, level in _BATTERY_STEPS if percent >= minimum)
        self._body.refresh_status()
        self._settings[EosProperty.PICTURES_LEFT] = self._body.properties.number(Property.PICTURES_LEFT)
        for code in (EosProperty.BATTERY, EosProperty.PICTURES_LEFT):
            self._queue_setting(code)

    def _queue_setting(self, code: EosProperty) -> None:
        self._queue(EosEvent.PROPERTY, struct.pack("<II", code, self._settings[code]))

    def _queue(self, event: EosEvent, body: bytes) -> None:
        body = body.ljust(-(-len(body) // 4) * 4, b"\0")
        with self._lock:
            self._records.append(struct.pack("<II", 8 + len(body), event) + body)
