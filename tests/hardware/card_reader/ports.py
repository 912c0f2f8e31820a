"""Serial ports as pyserial lists them."""

from __future__ import annotations

import os

from serial.tools.list_ports_common import ListPortInfo


def port_info(device: str, usb: str = "1a86:7523", product: str = "USB Serial", maker: str = "") -> ListPortInfo | None:
    """Return the adapter at `device`, or None while it is unplugged."""
    if not os.path.exists(device):
        return None
    port = ListPortInfo(device, skip_link_detection=True)
    if usb:
        port.vid, port.pid = (int(part, 16) for part in usb.split(":"))
    port.product, port.manufacturer = product, maker
    return port


def present_ports(*ports: ListPortInfo | None) -> list[ListPortInfo]:
    """Return the ports that are present."""
    return [port for port in ports if port is not None]
