"""Send notifications to the merchant, and repeat them as the gateways do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.messages import OutgoingNotification
from server.payments.simulator.schedule import Schedule

# Seconds between the attempts. https://pay.weixin.qq.com/docs/merchant/apis/h5-payment/payment-notice.html
WECHAT_RETRIES: Final = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ALIPAY_RETRIES: Final = (240, 600, 600, 3600, 7200, 21600, 54000)  # 4 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h
TIMEOUT_S: Final = 5.0
LATE_S: Final = 300.0
REORDERED_S: Final = 20.0
# Never genuine, so they are not repeated: the merchant has to query.
_NOT_GENUINE: Final = frozenset(
    {
        NotificationFault.FORGED,
        NotificationFault.STALE,
        NotificationFault.MODIFIED,
        NotificationFault.WRONG_AMOUNT,
        NotificationFault.FOREIGN_APP,
        NotificationFault.FOREIGN_MERCHANT,
        NotificationFault.UNKNOWN_SERIAL,
    }
)


@dataclass(frozen=True)
class SentNotification:
    """`status` is 0 if there was no response."""

    url: str
    fault: str
    status: int
    accepted: bool


@dataclass(frozen=True)
class Delivery:
    """`create` creates the message of each attempt, because its time and signature change."""

    url: str
    create: Callable[[], OutgoingNotification]
    accepts: Callable[[int, bytes], bool]
    retries: tuple[int, ...]
    fault: NotificationFault = NotificationFault.NONE


def post(url: str, message: OutgoingNotification) -> tuple[int, bytes]:
    """Return status and beginning of the response, (0, b"") if there was none."""
    import requests  # imported here, because the simulator of most demos sends no notification

    try:
        response = requests.post(
            url, data=message.body, headers=dict(message.headers), timeout=TIMEOUT_S, allow_redirects=False
        )
        return response.status_code, response.content[:200]
    except (requests.RequestException, ValueError):
        return 0, b""


class Notifier:
    """A test whose merchant runs in the same thread replaces `send`."""

    send: Callable[[str, OutgoingNotification], tuple[int, bytes]]

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._lock = threading.Lock()
        self._sent: list[SentNotification] = []
        self.send = post

    def sent(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(one) for one in self._sent]

    def notify(self, delivery: Delivery) -> None:
        """Schedule a notification as its fault requires."""
        fault = delivery.fault
        if fault is NotificationFault.LOST:
            return
        retries = () if fault in _NOT_GENUINE else delivery.retries
        delay = {NotificationFault.LATE: LATE_S, NotificationFault.REORDERED: REORDERED_S}.get(fault, 0.0)
        self._schedule.after(delay, lambda: self._send(delivery, retries))
        if fault is NotificationFault.DUPLICATED:  # at the same time
            self._schedule.after(delay, lambda: self._send(delivery, ()))

    def _send(self, delivery: Delivery, retries: tuple[int, ...]) -> None:
        status, answer = self.send(delivery.url, delivery.create())
        accepted = delivery.accepts(status, answer)
        with self._lock:
            self._sent.append(SentNotification(delivery.url, delivery.fault.value, status, accepted))
        if not accepted and retries:
            self._schedule.after(retries[0], lambda: self._send(delivery, retries[1:]))
