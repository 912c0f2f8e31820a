"""Two hundred orders under random faults: every fen is accounted for, but not if one of the seven rules is removed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.payments import polling, sending_refunds, settling, starting
from server.payments.gateways.base import Gateway, PaymentReport, PaymentState, RefundReport
from server.payments.models import Order, Payment
from server.payments.numbers import new_refund_number
from server.payments.refund_models import Refund
from tests.server.payments.bad_luck import Run, bill_findings
from tests.server.payments.fake_gateway import FakeGateway
from tests.server.payments.ledger_check import problems

pytestmark = pytest.mark.django_db
SEED = 13
FEW = 25
MORE = 40
"""For the mutation of the amounts, because payments of another amount are rare."""


def test_every_fen_of_two_hundred_orders_is_accounted_for() -> None:
    run = Run(SEED).of(200)
    assert problems(run.gateways.values()) == []
    assert bill_findings(run) == []
    paid = Order.objects.filter(state="paid").count()
    assert 80 < run.paid_by_notification < paid, "polling settles payments whose notification was lost"
    assert Refund.objects.filter(state="done").exists()
    assert Payment.objects.filter(state="wrong").exists()


def new_number_for_each_press(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(starting, "_reusable", lambda *_: None)


def settle_repeatedly(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling, "_was_settled", lambda payment: False)


def never_refund_a_second_payment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling, "refund_over", lambda payment, now: None)


def accept_every_signature(patch: pytest.MonkeyPatch) -> None:
    real = FakeGateway.read_notification
    patch.setattr(
        FakeGateway, "read_notification", lambda self, _, body, now: real(self, {"Signature": "genuine"}, body, now)
    )


def accept_every_amount(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling, "_settle_wrong_amount", settling._settle_paid)


def close_without_a_second_query(patch: pytest.MonkeyPatch) -> None:
    real = polling.query_payment

    def query(payment: Payment, gateway: FakeGateway, *more: object) -> PaymentState:
        if gateway.calls[-1] == ("close", payment.number):
            return PaymentState.UNKNOWN
        return real(payment, gateway, *more)  # type: ignore[arg-type]

    patch.setattr(polling, "query_payment", query)


def new_number_for_each_refund(patch: pytest.MonkeyPatch) -> None:
    real = sending_refunds._send_or_query

    def send(refund: Refund, gateway: Gateway) -> RefundReport:
        refund.number = new_refund_number()
        return real(refund, gateway)

    patch.setattr(sending_refunds, "_send_or_query", send)


MUTATIONS = [
    new_number_for_each_press,
    settle_repeatedly,
    never_refund_a_second_payment,
    accept_every_signature,
    accept_every_amount,
    close_without_a_second_query,
    new_number_for_each_refund,
]


def test_fewer_orders_are_accounted_for_too() -> None:
    """The control of the mutations below."""
    assert problems(Run(SEED).of(MORE).gateways.values()) == []


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_without_this_rule_the_check_fails(
    mutation: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    try:
        found = problems(Run(SEED).of(MORE if mutation is accept_every_amount else FEW).gateways.values())
    except Exception as error:  # a constraint of the database, or an assertion of the gateway
        found = [repr(error)]
    assert found


def test_a_report_of_nothing_paid_changes_nothing(order: Order) -> None:
    report = PaymentReport("p" * 20, PaymentState.PENDING, True)
    assert settling.settle(report, "wechat", settling.Source.QUERY, order.created_at) is settling.Outcome.IGNORED
