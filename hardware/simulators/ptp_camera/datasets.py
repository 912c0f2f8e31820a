"""PTP datasets as bytes: strings, arrays, and descriptions of the camera, its card, its files and its settings."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hardware.simulators.ptp_camera.codes import DataType, Format

_STANDARD: Final = 100  # version 1.00 of PTP and of the extension
_REMOVABLE_RAM, _DCF, _READ_AND_DELETE = 4, 3, 2
_FORMS: Final = {
    DataType.UINT8: "B",
    DataType.INT16: "h",
    DataType.UINT16: "H",
    DataType.UINT32: "I",
}

Value = int | str


@dataclass(frozen=True)
class Identity:
    """Identity of the camera."""

    manufacturer: str = "Zhengguan"
    model: str = "Simulated DSLR"
    firmware: str = "V1.00"
    serial: str = "0000000000000000000000000SIM0001"


@dataclass(frozen=True)
class StoredObject:
    """A file or a folder on the card. `data` is empty for a folder."""

    handle: int
    parent: int
    name: str
    format: Format
    data: bytes
    taken_at: str


def string(text: str) -> bytes:
    """Encode a PTP string: its length in UTF-16 units with the final zero, then the units."""
    if not text:
        return b"\0"
    encoded = f"{text}\0".encode("utf-16-le")
    return bytes([len(encoded) // 2]) + encoded


def array(form: str, values: Iterable[int]) -> bytes:
    numbers = list(values)
    return struct.pack(f"<I{len(numbers)}{form}", len(numbers), *numbers)


def value(kind: DataType, content: Value) -> bytes:
    return string(str(content)) if kind == DataType.STRING else struct.pack(f"<{_FORMS[kind]}", content)


def read_value(kind: DataType, data: bytes) -> Value:
    """Return the value in `data`. Raises ValueError if it is not of that kind."""
    if kind == DataType.STRING:
        return data[1:].decode("utf-16-le").rstrip("\0")
    form = struct.Struct(f"<{_FORMS[kind]}")
    if len(data) != form.size:
        raise ValueError(f"{len(data)} bytes for a value of {form.size}")
    return int(form.unpack(data)[0])


def device_info(identity: Identity, vendor: int, operations: Iterable[int], properties: Iterable[int]) -> bytes:
    return (
        struct.pack("<HIH", _STANDARD, vendor, _STANDARD)
        + string("")
        + struct.pack("<H", 0)
        + array("H", operations)
        + array("H", [])  # events arrive by an operation or by the event connection; libgphoto2 needs no list
        + array("H", properties)
        + array("H", [Format.JPEG, Format.RAW])
        + array("H", [Format.JPEG, Format.RAW, Format.FOLDER])
        + b"".join(map(string, (identity.manufacturer, identity.model, identity.firmware, identity.serial)))
    )


def storage_info(capacity: int, free: int, pictures_left: int) -> bytes:
    head = struct.pack("<HHHQQI", _REMOVABLE_RAM, _DCF, _READ_AND_DELETE, capacity, free, pictures_left)
    return head + string("") + string("SIMULATED [Slot 1]")


def object_info(stored: StoredObject, storage: int) -> bytes:
    folder = stored.format == Format.FOLDER
    association, thumbnail = (1, 0) if folder else (0, Format.JFIF)  # otherwise libgphoto2 does not download a RAW file
    numbers = (
        storage,
        stored.format,
        0,
        len(stored.data),
        thumbnail,
        0,
        0,
        0,
        0,
        0,
        0,
        stored.parent,
        association,
        0,
        0,
    )
    return struct.pack("<IHHIHIIIIIIIHII", *numbers) + b"".join(
        map(string, (stored.name, stored.taken_at, stored.taken_at, ""))
    )


def events(queued: Iterable[tuple[int, int]]) -> bytes:
    """Return Nikon's answer to GET_EVENTS: each event has one parameter."""
    listed = list(queued)
    return struct.pack("<H", len(listed)) + b"".join(struct.pack("<HI", code, parameter) for code, parameter in listed)
