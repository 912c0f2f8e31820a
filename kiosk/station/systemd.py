"""Messages to systemd, if it started the kiosk: it is ready, and its main thread still runs (sd_notify(3))."""

from __future__ import annotations

import faulthandler
import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class ServiceManager:
    """Sends to the socket named by NOTIFY_SOCKET; in a terminal there is none, and nothing is sent.

    If the kiosk sends nothing for the unit's WatchdogSec, the watchdog ends it with SIGABRT, and the journal then shows
    the stack of every thread. So call `keep_alive` from a timer of the main thread: if that thread hangs, the screen is
    frozen.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in Linux's abstract namespace, where it begins with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._undelivered = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)
            faulthandler.enable()

    def ready(self) -> None:
        self._send("READY=1")

    def keep_alive(self) -> None:
        """Send a watchdog message, and READY again if it was not delivered, because systemd would otherwise end the
        kiosk."""
        self._send("\n".join(filter(None, ("WATCHDOG=1", self._undelivered))))

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(message.encode(), self._address)
            self._undelivered = ""
        except OSError as error:  # a full queue or a restarting manager: the next call sends the same
            self._undelivered = "READY=1" if "READY=1" in message else self._undelivered
            log.debug("systemd did not receive %s: %s", message, error)
