"""Students who pay at the simulator while it has faults of every kind; ledger, clients and connections are real."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.test import Client
from django.utils import timezone

from server.core.api_errors import ApiError
from server.payments.bills import reconcile
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import Gateway, PaymentState
from server.payments.gateways.beijing_time import BEIJING
from server.payments.models import Order, Payment
from server.payments.orders import order_for
from server.payments.polling import query_open_payments
from server.payments.sending_refunds import send_refunds
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.messages import OutgoingNotification
from server.payments.simulator.trades import Refused, TradeState
from server.payments.starting import Visitor, start
from tests.server.conftest import make_student
from tests.server.payments.conftest import paying_campaign
from tests.server.payments.gateways.conftest import QR_CODE
from tests.server.payments.ledger_check import problems

VISITOR: Final = Visitor(base_url="https://photo.example.edu")
FAULT_SHARE: Final = 0.3
DAYS_OF_RETRIES_S: Final = 200_000.0
MIN_ROUNDS: Final = 30
MIN_GOOD_ROUNDS: Final = 5


class LedgerRun:
    """One run with `seed`, which determines it: one thread does everything except the simulator's responses."""

    def __init__(self, server: SimulatorServer, gateways: dict[str, Gateway], seed: int) -> None:
        self.luck = Random(seed)
        self.simulator, self.gateways = server.simulator, gateways
        self.now = timezone.now()
        self.answers: dict[int, int] = {}
        self.paid_by_notification = 0
        self.simulator.notifier.send = self._deliver
        self.simulator.faults.set_random(seed, FAULT_SHARE)

    def of(self, orders: int) -> LedgerRun:
        day = timedelta(days=1)
        campaign = paying_campaign(opens_at=self.now - day, closes_at=self.now + 30 * day)
        for serial in range(1, orders + 1):
            order = order_for(make_student(campaign, serial), self.now)
            assert order is not None
            self._student(order)
        self.simulator.schedule.advance(DAYS_OF_RETRIES_S)
        self.paid_by_notification = Order.objects.filter(state="paid").count()
        # A round queries a limited number of payments, and ends early at a fault.
        rounds, good_rounds = max(MIN_ROUNDS, orders // 10), max(MIN_GOOD_ROUNDS, orders // 40)
        for number in range(rounds):
            if number == rounds - good_rounds:
                self.simulator.faults.clear()
            later = self.now + timedelta(hours=1, minutes=30 * number)
            query_open_payments(self.gateways, later)
            send_refunds(self.gateways, later)
            self.simulator.schedule.advance(60)
        return self

    def _student(self, order: Order) -> None:
        names = self.luck.sample(list(self.gateways), 2 if self.luck.random() < 0.4 else 1)
        for name in names:
            for _ in range(self.luck.randint(1, 4)):  # pressed again and again
                with suppress(ApiError):
                    start(order, self.gateways[name], QR_CODE[name], VISITOR, self.now)
        if self.luck.random() < 0.15:
            with suppress(ApiError):
                take_cash(order, Cashier(station_name="一号站"), self.now)
        for payment in order.payments.filter(gateway__in=names).exclude(code=""):
            self._pay(payment)
        self.simulator.schedule.advance(self.luck.choice([0, 1, 30]))

    def _pay(self, payment: Payment) -> None:
        """Let a person scan the code and pay, or a stranger send a forged notification, or nobody pay."""
        chance = self.luck.random()
        short = payment.amount_fen - 1 if self.luck.random() < 0.05 else None
        if chance < 0.1:
            self.simulator.forge(payment.number)
        elif chance < 0.85:
            with suppress(Refused):
                self.simulator.pay(payment.gateway, payment.number, short, None)

    def _deliver(self, url: str, message: OutgoingNotification) -> tuple[int, bytes]:
        """Call our endpoint, which fails at random before or after it has settled the payment."""
        chance = self.luck.random()
        if chance < 0.05:
            return 0, b""
        headers: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in message.headers.items()}
        content_type = headers.pop("HTTP_CONTENT_TYPE")
        with transaction.atomic():
            response = Client(HTTP_HOST="localhost").post(
                urlsplit(url).path, message.body, content_type=content_type, **headers
            )
        self.answers[response.status_code] = self.answers.get(response.status_code, 0) + 1
        return (500, b"") if chance < 0.1 else (response.status_code, response.content)


def all_problems(run: LedgerRun) -> list[str]:
    """Return every difference between the ledger, the gateways and their bills."""
    return [*problems(_books(run)), *_bill_findings(run)]


def _books(run: LedgerRun) -> list[Any]:
    """Return the simulator's trades in the form that ledger_check reads."""
    books = []
    for name in run.gateways:
        trades = [trade for trade in run.simulator.trades.all() if trade.gateway == name]
        books.append(
            SimpleNamespace(
                name=name,
                trades={
                    trade.number: SimpleNamespace(
                        state=PaymentState.PAID if trade.state is TradeState.PAID else PaymentState.PENDING,
                        paid_fen=trade.paid_fen,
                    )
                    for trade in trades
                },
                refunds={number: refund for trade in trades for number, refund in trade.refunds.items()},
            )
        )
    return books


def _bill_findings(run: LedgerRun) -> list[str]:
    day = run.now.astimezone(BEIJING).date()
    findings = []
    for name, gateway in run.gateways.items():
        lines = gateway.bill(day)
        assert lines, "a bill without lines proves nothing"
        later: datetime = run.now + timedelta(days=2)
        findings += [f"{name} bill: {one.kind} {one.number}" for one in reconcile(gateway, day, lines, later)]
    return findings
