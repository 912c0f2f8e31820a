"""The faults that the simulator produces: on command, or at random from a seed."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CallFault(StrEnum):
    """Fault of a call to a gateway."""

    SERVER_ERROR = "server_error"
    TOO_MANY_REQUESTS = "too_many_requests"
    HTML = "html"  # an error page of a proxy
    CUT_BEFORE = "cut_before"  # nothing was done
    CUT_AFTER = "cut_after"  # it was done, and the response is lost
    BAD_SIGNATURE = "bad_signature"  # it was done, and the response has a wrong signature
    SILENT = "silent"  # the connection stays open without a response
    PAID_FIRST = "paid_first"  # the buyer pays just before a close


class NotificationFault(StrEnum):
    """Fault of the notification of a payment."""

    NONE = "none"
    LOST = "lost"
    LATE = "late"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"  # after those that follow it
    FORGED = "forged"  # signed by a stranger
    STALE = "stale"  # signed a day ago, WeChat Pay only
    MODIFIED = "modified"  # changed after it was signed
    WRONG_AMOUNT = "wrong_amount"  # signed, with one fen less
    FOREIGN_APP = "foreign_app"
    FOREIGN_MERCHANT = "foreign_merchant"
    UNKNOWN_SERIAL = "unknown_serial"
    NO_SIGNATURE_TYPE = "no_signature_type"  # genuine: the header is optional


RANDOM_CALL_FAULTS: Final = (
    CallFault.SERVER_ERROR,
    CallFault.TOO_MANY_REQUESTS,
    CallFault.HTML,
    CallFault.CUT_BEFORE,
    CallFault.CUT_AFTER,
    CallFault.BAD_SIGNATURE,
)
ANY: Final = "*"


@dataclass
class PlannedFault:
    """`gateway` and `operation` may be "*"; an operation is named like the method of Gateway."""

    gateway: str
    operation: str
    fault: CallFault
    times: int = 1


class Faults:
    """Planned faults come first, then random ones for a share of the calls and of the notifications."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[PlannedFault] = []
        self._random = random.Random(0)
        self._share = 0.0

    def plan(self, fault: PlannedFault) -> None:
        with self._lock:
            self._planned.append(fault)

    def set_random(self, seed: int, share: float) -> None:
        """Give later calls and notifications a random fault with the probability `share`; 0 ends it."""
        with self._lock:
            self._random, self._share = random.Random(seed), share

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._share = 0.0

    def next_call(self, gateway: str, operation: str) -> CallFault | None:
        with self._lock:
            for planned in self._planned:
                if planned.gateway in (gateway, ANY) and planned.operation in (operation, ANY) and planned.times > 0:
                    planned.times -= 1
                    return planned.fault
            if self._random.random() >= self._share:
                return None
            if operation == "close" and self._random.random() < 0.5:
                return CallFault.PAID_FIRST
            return self._random.choice(RANDOM_CALL_FAULTS)

    def next_notification(self) -> NotificationFault:
        with self._lock:
            if self._random.random() >= self._share:
                return NotificationFault.NONE
            return self._random.choice([fault for fault in NotificationFault if fault is not NotificationFault.NONE])
