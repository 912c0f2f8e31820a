"""Tells systemd, where it started the kiosk, that the kiosk is ready and that its screen still moves (sd_notify(3))."""

from __future__ import annotations

import faulthandler
import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class ServiceManager:
    """The socket named by NOTIFY_SOCKET; without it every word is said to nobody, which is how a terminal runs us.

    The watchdog ends a kiosk that is silent for the unit's WatchdogSec with SIGABRT; what every thread was about then
    is written to the journal. So `keep_alive` belongs into the timer of the main thread: its stopping is what people
    see.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A name that begins with @ lies in Linux's abstract namespace, where it begins with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._undelivered = ""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)
            faulthandler.enable()

    def ready(self) -> None:
        self._send("READY=1")

    def keep_alive(self) -> None:
        """A sign of life; with it the READY that was not heard, or systemd would give up a kiosk that runs."""
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
        except OSError as error:  # a full queue or a manager that restarts: the next beat tells the same
            self._undelivered = "READY=1" if "READY=1" in message else self._undelivered
            log.debug("systemd did not hear %s: %s", message, error)
