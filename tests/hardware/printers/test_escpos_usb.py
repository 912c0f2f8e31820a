"""A printer on USB: the real pyusb on a simulated bus."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any

import pytest
import usb.backend
import usb.core

from hardware.printers.api import PrinterProblem
from hardware.printers.escpos import EscposPrinter
from hardware.printers.escpos_usb import UsbTransport
from tests.hardware.printers.pages import page

_DEVICE = {"bLength": 18, "bDescriptorType": 1, "bcdUSB": 0x200, "bDeviceClass": 0, "bDeviceSubClass": 0}
_DEVICE |= {"bDeviceProtocol": 0, "bMaxPacketSize0": 64, "idVendor": 0x04B8, "idProduct": 0x0202, "bcdDevice": 1}
_DEVICE |= {"iManufacturer": 0, "iProduct": 0, "iSerialNumber": 0, "bNumConfigurations": 1}


class Bus(usb.backend.IBackend):  # type: ignore[misc]
    """A bus with one printer: its responses by request, the bytes that it accepts at a time, and its faults."""

    def __init__(self, out: int = 0x03, back: int | None = 0x81) -> None:
        self._endpoints = [out] if back is None else [back, out]
        self._out = out
        self.received = bytearray()
        self.max_transfer = 100_000
        self.capacity: int | None = None
        self.denied = False
        self.responses = {1: 0x12, 2: 0x12, 4: 0x12}
        self._pending = b""

    def enumerate_devices(self) -> Any:
        return iter([object()])

    def get_device_descriptor(self, dev: Any) -> Any:
        return SimpleNamespace(**_DEVICE, address=1, bus=1, port_number=1, port_numbers=(1,), speed=3)

    def get_configuration_descriptor(self, dev: Any, config: int) -> Any:
        fields = {"bLength": 9, "bDescriptorType": 2, "wTotalLength": 32, "bNumInterfaces": 1, "iConfiguration": 0}
        return SimpleNamespace(**fields, bConfigurationValue=1, bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[])

    def get_interface_descriptor(self, dev: Any, intf: int, alt: int, config: int) -> Any:
        if intf or alt:
            raise IndexError
        fields = {"bLength": 9, "bDescriptorType": 4, "bInterfaceNumber": 0, "bAlternateSetting": 0, "iInterface": 0}
        fields |= {"bInterfaceClass": 7, "bInterfaceSubClass": 1, "bInterfaceProtocol": 2}
        return SimpleNamespace(**fields, bNumEndpoints=len(self._endpoints), extra_descriptors=[])

    def get_endpoint_descriptor(self, dev: Any, ep: int, intf: int, alt: int, config: int) -> Any:
        fields = {"bLength": 7, "bDescriptorType": 5, "bmAttributes": 2, "wMaxPacketSize": 64, "bInterval": 0}
        address = self._endpoints[ep]
        return SimpleNamespace(**fields, bEndpointAddress=address, bRefresh=0, bSynchAddress=0, extra_descriptors=[])

    def open_device(self, dev: Any) -> Any:
        if self.denied:
            raise usb.core.USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return object()

    def close_device(self, handle: Any) -> None: ...

    def get_configuration(self, handle: Any) -> int:
        return 1

    def claim_interface(self, handle: Any, intf: int) -> None: ...

    def release_interface(self, handle: Any, intf: int) -> None: ...

    def is_kernel_driver_active(self, handle: Any, intf: int) -> bool:
        return False

    def bulk_write(self, handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        assert ep == self._out
        accepted = bytes(data)[: self.max_transfer]
        if self.capacity is not None and len(self.received) >= self.capacity:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        self.received += accepted
        if accepted[:2] == b"\x10\x04" and accepted[2] in self.responses:
            self._pending += bytes((self.responses[accepted[2]],))
        return len(accepted)

    def bulk_read(self, handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        response, self._pending = self._pending, b""
        if not response:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        buff[: len(response)] = type(buff)("B", response)
        return len(response)


def printer(bus: Bus) -> EscposPrinter:
    return EscposPrinter(UsbTransport(0x04B8, 0x0202, bus), 384)


def reason_of(bus: Bus) -> str:
    with pytest.raises(PrinterProblem) as caught:
        printer(bus).print(page())
    return caught.value.reason


@pytest.mark.parametrize(("out", "back"), [(0x01, 0x82), (0x03, 0x81), (0x02, None)])
def test_endpoints_are_found_whatever_their_numbers(out: int, back: int | None) -> None:
    bus = Bus(out, back)
    printer(bus).print(page())
    assert b"\x1dV\x00" in bus.received


def test_a_partial_transfer_continues_with_the_rest() -> None:
    whole, partial = Bus(), Bus()
    partial.max_transfer = 1000
    printer(whole).print(page())
    printer(partial).print(page())
    assert partial.received == whole.received


def test_a_printer_that_never_responds_is_assumed_to_work() -> None:
    bus = Bus()
    bus.responses = {}
    printer(bus).print(page())
    assert b"\x1dV\x00" in bus.received


def test_a_status_response_is_decoded() -> None:
    bus = Bus()
    bus.responses[4] = 0x72
    assert reason_of(bus) == "paper_out"


def test_a_printer_that_accepts_no_more_data_is_stuck() -> None:
    bus = Bus()
    bus.capacity = 8000
    assert reason_of(bus) == "stuck"


def test_a_printer_that_this_user_may_not_open_is_reported() -> None:
    bus = Bus()
    bus.denied = True
    assert reason_of(bus) == "not_allowed"
