"""The printer that a setting names: `escpos:network:HOST[:PORT]`, `escpos:usb:VENDOR:PRODUCT`, `escpos:file:PATH`, or
`cups:QUEUE`."""

from __future__ import annotations

import os
import re
from typing import Final

from hardware.printers.api import Printer, PrinterProblem

KINDS: Final = ("escpos:network:HOST", "escpos:usb:04b8:0202", "escpos:file:/dev/usb/lp0", "cups:QUEUE")
_NETWORK: Final = re.compile(r"escpos:network:(?P<host>[^:\s]+|\[[0-9a-fA-F:]+\])(?::(?P<port>\d{1,5}))?")
_MAX_PORT: Final = 65_535
_USB: Final = re.compile(r"escpos:usb:(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})")
_FILE: Final = re.compile(r"escpos:file:(?P<path>/.+)")
_CUPS: Final = re.compile(r"cups:(?P<queue>[^\s/#?'\"-][^\s/#?'\"]*)")


def open_printer(spec: str, dots: int = 576) -> Printer:
    """Return the driver that `spec` names. Raises PrinterProblem printer.spec if it names none.

    A driver's library is imported only when it is chosen.
    """
    spec = spec.strip()
    if match := _CUPS.fullmatch(spec):
        from hardware.printers.cups import CupsPrinter

        return CupsPrinter(match["queue"], os.environ)
    from hardware.printers.escpos import EscposPrinter
    from hardware.printers.escpos_transport import PORT, FileTransport, NetworkTransport
    from hardware.printers.escpos_usb import UsbTransport

    if (match := _NETWORK.fullmatch(spec)) and 0 < (port := int(match["port"] or PORT)) <= _MAX_PORT:
        return EscposPrinter(NetworkTransport(match["host"].strip("[]"), port), dots)
    if match := _USB.fullmatch(spec):
        return EscposPrinter(UsbTransport(int(match["vendor"], 16), int(match["product"], 16)), dots)
    if match := _FILE.fullmatch(spec):
        return EscposPrinter(FileTransport(match["path"]), dots)
    raise PrinterProblem("printer.spec", spec=spec, known=", ".join(KINDS))
