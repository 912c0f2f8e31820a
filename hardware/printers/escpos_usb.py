"""The transport to a receipt printer on USB: bulk transfers by pyusb."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import Any, Final

import usb.core
import usb.util

from hardware.printers.escpos_transport import POLL_INTERVAL_S, RECV_BYTES, Connection

_MAX_TRANSFER_BYTES: Final = 4096  # bytes
_PRINTER_CLASS: Final = 7  # bInterfaceClass


@dataclass(frozen=True)
class UsbTransport:
    """`backend`: pyusb's backend, its own choice if None."""

    vendor: int
    product: int
    backend: Any = None

    @property
    def name(self) -> str:
        return f"USB {self.vendor:04x}:{self.product:04x}"

    def open(self) -> Connection:
        device = usb.core.find(idVendor=self.vendor, idProduct=self.product, backend=self.backend)
        if device is None:
            raise FileNotFoundError(errno.ENOENT, "not plugged in")
        try:
            return _UsbConnection(device)
        except BaseException:
            usb.util.dispose_resources(device)
            raise


class _UsbConnection:
    """The bulk endpoints of the printer interface (USB printer class 1.1); their numbers differ by maker."""

    def __init__(self, device: Any) -> None:
        self._device = device
        interface = _printer_interface(device)
        number = interface.bInterfaceNumber
        if device.is_kernel_driver_active(number):
            device.detach_kernel_driver(number)
        usb.util.claim_interface(device, number)
        self._out = _bulk_endpoint(interface, usb.util.ENDPOINT_OUT)
        self._in = _bulk_endpoint(interface, usb.util.ENDPOINT_IN)
        if self._out is None:
            raise OSError(errno.ENXIO, "no endpoint to print by")

    def send(self, data: bytes, timeout: float) -> None:
        remaining = memoryview(data)
        while remaining:
            try:
                written = self._out.write(bytes(remaining[:_MAX_TRANSFER_BYTES]), round(timeout * 1000))
            except usb.core.USBTimeoutError as error:
                raise TimeoutError("the printer takes no more bytes") from error
            remaining = remaining[written:]  # a transfer that timed out may have transferred a part

    def recv(self, timeout: float) -> bytes:
        until = time.monotonic() + timeout
        while self._in is not None:
            remaining_ms = max(1, round((until - time.monotonic()) * 1000))  # 0 would mean no limit
            try:
                received = bytes(self._in.read(RECV_BYTES, remaining_ms))
            except usb.core.USBTimeoutError:
                return b""
            if received or time.monotonic() >= until:
                return received
            time.sleep(POLL_INTERVAL_S)  # some printers answer with empty packets until they have data
        return b""

    def flush(self, timeout: float) -> None:
        """A transfer ends when the printer has accepted it, so there is nothing to do."""

    def close(self, discard: bool) -> None:
        usb.util.dispose_resources(self._device)


def _printer_interface(device: Any) -> Any:
    try:
        configuration = device.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno == errno.EACCES:
            raise
        device.set_configuration()
        configuration = device.get_active_configuration()
    interface = usb.util.find_descriptor(configuration, bInterfaceClass=_PRINTER_CLASS)
    return (
        interface if interface is not None else configuration[(0, 0)]
    )  # cheap printers declare a vendor-specific class


def _bulk_endpoint(interface: Any, direction: int) -> Any:
    def fits(endpoint: Any) -> bool:
        return bool(
            usb.util.endpoint_direction(endpoint.bEndpointAddress) == direction
            and usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        )

    return usb.util.find_descriptor(interface, custom_match=fits)
