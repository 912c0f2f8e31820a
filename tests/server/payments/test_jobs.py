"""The jobs as the worker runs them, with the gateways of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from server.jobs.periodic import PERIODIC_JOBS
from server.payments import jobs
from server.payments.bill_models import Bill
from server.payments.gateways.base import Product
from server.payments.models import Order, Payment
from server.payments.refund_models import Refund
from server.payments.settling import Source, settle
from server.payments.starting import start
from tests.server.payments.conftest import NOW, VISITOR
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture(autouse=True)
def gateways(wechat: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, FakeGateway]:
    by_name = {"wechat": wechat}
    monkeypatch.setattr(jobs, "configured_gateways", lambda: by_name)
    return by_name


@pytest.fixture
def payment(order: Order, wechat: FakeGateway) -> Payment:
    return start(order, wechat, Product.NATIVE, VISITOR, NOW)


def run(name: str, later: timedelta) -> None:
    PERIODIC_JOBS[name].run(NOW + later)


def test_a_page_that_waits_queues_a_query_and_makes_no_call(payment: Payment, wechat: FakeGateway) -> None:
    wechat.pay(payment.number)
    calls = list(wechat.calls)
    assert [jobs.watch_order(payment.order, NOW + timedelta(seconds=second)) for second in (4, 5, 6)] == [0, 1, 0]
    assert wechat.calls == calls
    [task] = DBTaskResult.objects.all()
    assert task.args_kwargs["args"] == [payment.number]
    jobs.query_payment_now.func(payment.number)
    assert Order.objects.get().state == "paid"
    jobs.query_payment_now.func(payment.number)
    jobs.query_payment_now.func("unknown")
    assert [call for call, _ in wechat.calls].count("query") == 1


def test_a_query_without_an_answer_leaves_the_order_open(payment: Payment, wechat: FakeGateway) -> None:
    wechat.fail("query", "before")
    jobs.query_payment_now.func(payment.number)
    assert Order.objects.get().state == "open"


def test_the_periodic_jobs_query_refund_compare_and_expire(payment: Payment, wechat: FakeGateway) -> None:
    wechat.pay(payment.number)
    run("query_payments", timedelta(minutes=10))
    assert Order.objects.get().state == "paid"
    other = pay_again(payment, wechat)
    run("send_refunds", timedelta(minutes=20))
    assert Refund.objects.get(payment=other).state == "done"
    run("compare_bills", timedelta(days=1))
    assert Bill.objects.get().findings.count() == 0
    Order.objects.update(state="open")
    run("expire_orders", timedelta(days=60))
    assert Order.objects.get().state == "expired"


def pay_again(payment: Payment, wechat: FakeGateway) -> Payment:
    """Pay an order that is already paid."""
    Order.objects.update(state="open")
    other = start(payment.order, wechat, Product.H5, VISITOR, NOW)
    Order.objects.update(state="paid")
    settle(wechat.pay(other.number), "wechat", Source.QUERY, NOW)
    return other
