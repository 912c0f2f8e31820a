"""The settings of the simulated camera: range, value, and who may change it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hardware.simulators.ptp_camera import datasets
from hardware.simulators.ptp_camera.codes import DataType, Property, Response
from hardware.simulators.ptp_camera.datasets import Value

_ENUMERATION, _RANGE, _NONE = 2, 1, 0


@dataclass(frozen=True)
class PropertySpec:
    """The range of a property: one of `values`, or within `limits`, or any value of its type."""

    kind: DataType
    initial: Value
    writable: bool = False
    values: tuple[Value, ...] = ()
    limits: tuple[int, int] | None = None

    def allows(self, value: Value) -> bool:
        if self.limits is not None and isinstance(value, int):
            return self.limits[0] <= value <= self.limits[1]
        return not self.values or value in self.values

    def form(self) -> bytes:
        if self.limits is not None:
            steps = (*self.limits, 1)
            return bytes([_RANGE]) + b"".join(datasets.value(self.kind, step) for step in steps)
        if not self.values:
            return bytes([_NONE])
        listed = b"".join(datasets.value(self.kind, one) for one in self.values)
        return bytes([_ENUMERATION]) + struct.pack("<H", len(self.values)) + listed


JPEG_QUALITIES: Final = (0, 1, 2)
RAW_QUALITY: Final = 4
RAW_AND_JPEG: Final = (5, 6, 7)
HEIF_QUALITY: Final = 8
MANUAL_FOCUS: Final = 1

PROPERTY_SPECS: Final = {
    Property.BATTERY: PropertySpec(DataType.UINT8, 80, limits=(1, 100)),
    Property.IMAGE_SIZE: PropertySpec(DataType.STRING, ""),
    Property.IMAGE_QUALITY: PropertySpec(
        DataType.UINT8, 2, True, values=(*JPEG_QUALITIES, RAW_QUALITY, *RAW_AND_JPEG, HEIF_QUALITY)
    ),
    Property.WHITE_BALANCE: PropertySpec(DataType.UINT16, 2, True, values=(2, 4, 5, 6, 7, 0x8010, 0x8011, 0x8012)),
    Property.F_NUMBER: PropertySpec(
        DataType.UINT16, 560, True, values=(280, 320, 350, 400, 450, 500, 560, 630, 710, 800, 1100, 1600)
    ),
    Property.FOCUS_MODE: PropertySpec(DataType.UINT16, 0x8010, True, values=(MANUAL_FOCUS, 0x8010, 0x8011, 0x8012)),
    Property.EXPOSURE_TIME: PropertySpec(
        DataType.UINT32, 80, True, values=(10, 20, 40, 50, 62, 80, 100, 125, 166, 200, 250, 333, 500, 1000, 10000)
    ),
    Property.EXPOSURE_PROGRAM: PropertySpec(DataType.UINT16, 1, values=(1, 2, 3, 4)),
    Property.ISO: PropertySpec(DataType.UINT16, 200, True, values=(100, 125, 160, 200, 250, 320, 400, 800, 1600, 3200)),
    Property.EXPOSURE_BIAS: PropertySpec(DataType.INT16, 0, True, values=(-1000, -666, -333, 0, 333, 666, 1000)),
    Property.DATE_TIME: PropertySpec(DataType.STRING, "20260601T090000", True),
    Property.STILL_CAPTURE_MODE: PropertySpec(DataType.UINT16, 1, True, values=(1, 0x8011, 0x8016)),
    Property.RECORDING_MEDIA: PropertySpec(DataType.UINT8, 0, True, limits=(0, 1)),
    Property.AUTOFOCUS_MODE: PropertySpec(DataType.UINT8, 0, True, limits=(0, 4)),
    Property.LIVE_VIEW_STATUS: PropertySpec(DataType.UINT8, 0, limits=(0, 1)),
    Property.LIVE_VIEW_PROHIBITED: PropertySpec(DataType.UINT32, 0),
    Property.PICTURES_LEFT: PropertySpec(DataType.UINT32, 0),
}


class Properties:
    """All settings with their present values. `refused` are those that the camera rejects at the moment."""

    def __init__(self) -> None:
        self._values: dict[Property, Value] = {code: spec.initial for code, spec in PROPERTY_SPECS.items()}
        self.refused: set[Property] = set()

    def __iter__(self) -> Iterator[Property]:
        return iter(self._values)

    def __getitem__(self, code: Property) -> Value:
        return self._values[code]

    def __setitem__(self, code: Property, value: Value) -> None:
        """Set any value, like the dials on the camera."""
        self._values[code] = value

    def number(self, code: Property) -> int:
        return int(self._values[code])

    def data(self, code: Property) -> bytes:
        return datasets.value(PROPERTY_SPECS[code].kind, self._values[code])

    def description(self, code: Property) -> bytes:
        spec = PROPERTY_SPECS[code]
        head = struct.pack("<HHB", code, spec.kind, spec.writable)
        return head + datasets.value(spec.kind, spec.initial) + self.data(code) + spec.form()

    def change(self, code: Property, data: bytes) -> Response:
        """Set a property for an initiator; return the response."""
        spec = PROPERTY_SPECS[code]
        if not spec.writable or code in self.refused:
            return Response.ACCESS_DENIED
        try:
            requested = datasets.read_value(spec.kind, data)
        except ValueError:
            return Response.INVALID_PROPERTY_VALUE
        if not spec.allows(requested):
            return Response.INVALID_PROPERTY_VALUE
        self._values[code] = requested
        return Response.OK
