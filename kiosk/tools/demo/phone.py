"""The student's phone in the automatic visit: it scans a code of the payment screen and pays at the simulator."""

from __future__ import annotations

import threading
import urllib.request
from typing import Final

TIMEOUT_S: Final = 20.0


def pay_by_scan(code: str) -> None:
    """Pay the simulated code in a thread, while the screen continues to poll; the screen shows the result."""
    threading.Thread(target=_pay, args=(code,), name="phone", daemon=True).start()


def _pay(code: str) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the simulator is on this machine
    with direct.open(urllib.request.Request(code, data=b"", method="POST"), timeout=TIMEOUT_S) as response:
        response.read()
