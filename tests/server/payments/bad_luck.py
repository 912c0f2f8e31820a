"""Students who pay while every kind of fault occurs; the seed alone determines a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Final

from server.core.api_errors import ApiError
from server.payments.bills import reconcile
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import NotificationRejected, PaymentState, Product
from server.payments.models import Order, Payment
from server.payments.notifications import apply_notification
from server.payments.polling import query_open_payments
from server.payments.sending_refunds import send_refunds
from server.payments.starting import start
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, VISITOR, order_of, paying_campaign
from tests.server.payments.fake_gateway import FakeGateway

PRODUCTS: Final = {"wechat": Product.NATIVE, "alipay": Product.PRECREATE}
DELIVERIES: Final = ["once"] * 4 + ["lost", "late", "twice", "forged", "amount", "crash"]


class Run:
    """One run with `seed`. `gateways` is by name; `luck` makes every random decision."""

    def __init__(self, seed: int) -> None:
        self.luck = Random(seed)
        self.gateways = {name: FakeGateway(name) for name in PRODUCTS}
        self.late: list[Callable[[], None]] = []
        self.paid_by_notification = 0

    def of(self, orders: int) -> Run:
        """Let `orders` students pay, then let time pass until nothing is open."""
        campaign = paying_campaign()
        steps = [
            step for serial in range(1, orders + 1) for step in self._steps(order_of(make_student(campaign, serial)))
        ]
        # Interleaved, but every student's own steps in their order.
        for step in sorted(steps, key=lambda step: step[0]):
            step[1]()
        self.luck.shuffle(self.late)
        for deliver in self.late:
            deliver()
        self.paid_by_notification = Order.objects.filter(state="paid").count()
        self._let_time_pass()
        return self

    def _steps(self, order: Order) -> list[tuple[float, Callable[[], None]]]:
        names = self.luck.sample(list(PRODUCTS), 2 if self.luck.random() < 0.4 else 1)
        at, steps = self.luck.random(), []
        for name in names:
            steps.append((at, lambda name=name: self._start(order, name)))
            at += self.luck.random()
        if self.luck.random() < 0.15:
            steps.append((at, lambda: self._cash(order)))
        for name in names:
            at += self.luck.random()
            steps.append((at, lambda name=name: self._pay(order, name)))
        return steps

    def _start(self, order: Order, name: str) -> None:
        gateway = self.gateways[name]
        if self.luck.random() < 0.4:
            gateway.fail("start", self.luck.choice(["before", "after"]))
        for _ in range(self.luck.randint(1, 4)):  # pressed again and again
            with suppress(ApiError):  # the other payment was faster
                start(order, gateway, PRODUCTS[name], VISITOR, NOW)

    def _cash(self, order: Order) -> None:
        with suppress(ApiError):
            take_cash(order, Cashier(station_name="一号站"), NOW)

    def _pay(self, order: Order, name: str) -> None:
        """Let a person scan each code, or not, and the gateway send its notifications with or without a fault."""
        gateway = self.gateways[name]
        for payment in order.payments.filter(gateway=name).exclude(code=""):
            outcome = self.luck.choice([*DELIVERIES, "unpaid", "unpaid"])
            if outcome == "forged":
                self._deliver(gateway, payment.number, "forged", PaymentState.PAID, payment.amount_fen)
            elif outcome == "amount":  # a modified notification; a query finds the payment
                self._deliver(gateway, payment.number, "genuine", PaymentState.PAID, payment.amount_fen - 1)
                gateway.pay(payment.number)
            elif outcome != "unpaid":
                short = self.luck.random() < 0.05
                gateway.pay(payment.number, payment.amount_fen - 1 if short else None)
                self._notify(gateway, payment, outcome)

    def _notify(self, gateway: FakeGateway, payment: Payment, outcome: str) -> None:
        def deliver() -> None:
            self._deliver(gateway, payment.number, "genuine")

        if outcome in ("once", "twice"):
            deliver()
        if outcome in ("late", "twice"):
            self.late.append(deliver)
        if outcome == "crash":  # our handler was restarted; the gateway sends it again
            self.late.append(deliver)

    def _deliver(self, gateway: FakeGateway, number: str, signature: str, *claims: object) -> None:
        with suppress(NotificationRejected):
            body = gateway.notification_body(number, *claims)
            apply_notification(gateway.read_notification({"Signature": signature}, body, NOW), gateway.name, NOW)

    def _let_time_pass(self) -> None:
        """Poll, close and refund while more faults occur, and pay in the middle of a close."""
        for gateway in self.gateways.values():
            gateway.fail("query", *(["before", "after"] * 3))
            gateway.fail("close", *[self._pay_now(gateway)] * 8, "before", "after", "after")
            gateway.fail("refund", *(["after", "before"] * 3))
        for round_number in range(30):
            self._poll(NOW + timedelta(hours=1, minutes=30 * round_number))

    def _poll(self, now: datetime) -> None:
        query_open_payments(self.gateways, now)
        send_refunds(self.gateways, now)

    def _pay_now(self, gateway: FakeGateway) -> Callable[[], None]:
        def pay() -> None:
            number = gateway.calls[-1][1]
            if number in gateway.trades and gateway.trades[number].state is PaymentState.PENDING:
                gateway.pay(number)

        return pay


def bill_findings(run: Run) -> list[str]:
    """Return the findings of each gateway's bill, which contains every payment and refund."""
    return [
        f"{name} bill: {finding.kind} {finding.number}"
        for name, gateway in run.gateways.items()
        for finding in reconcile(gateway, NOW.date(), gateway.bill(NOW.date()), NOW + timedelta(days=2))
    ]
