"""Sends notifications to the merchant and repeats them as the gateways do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import requests

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
    """`status` is 0 if there was no answer."""

    url: str
    fault: str
    status: int
    accepted: bool


@dataclass(frozen=True)
class Delivery:
    """`create` makes the message anew for each attempt, as its time and signature change."""

    url: str
    create: Callable[[], OutgoingNotification]
    accepts: Callable[[int, bytes], bool]
    retries: tuple[int, ...]
    fault: NotificationFault = NotificationFault.NONE


class Notifier:
    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._lock = threading.Lock()
        self._sent: list[SentNotification] = []

    def sent(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(one) for one in self._sent]

    def notify(self, delivery: Delivery) -> None:
        """Schedule a notification as its fault says."""
        match delivery.fault:
            case NotificationFault.LOST:
                return
            case NotificationFault.DUPLICATED:
                self._schedule.after(0, lambda: self._send_twice(delivery))
            case NotificationFault.LATE:
                self._schedule.after(LATE_S, lambda: self._send(delivery, delivery.retries))
            case NotificationFault.REORDERED:
                self._schedule.after(REORDERED_S, lambda: self._send(delivery, delivery.retries))
            case fault:
                retries = () if fault in _NOT_GENUINE else delivery.retries
                self._schedule.after(0, lambda: self._send(delivery, retries))

    def _send_twice(self, delivery: Delivery) -> None:
        """At the same time."""
        second = threading.Thread(target=self._send, args=(delivery, ()))
        second.start()
        self._send(delivery, delivery.retries)
        second.join()

    def _send(self, delivery: Delivery, retries: tuple[int, ...]) -> None:
        message = delivery.create()
        status, answer = 0, b""
        try:
            response = requests.post(
                delivery.url, data=message.body, headers=dict(message.headers), timeout=TIMEOUT_S, allow_redirects=False
            )
            status, answer = response.status_code, response.content[:200]
        except (requests.RequestException, ValueError):
            pass  # recorded as status 0, and repeated
        accepted = delivery.accepts(status, answer)
        with self._lock:
            self._sent.append(SentNotification(delivery.url, delivery.fault.value, status, accepted))
        if not accepted and retries:
            self._schedule.after(retries[0], lambda: self._send(delivery, retries[1:]))
