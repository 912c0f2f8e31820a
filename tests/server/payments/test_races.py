"""Concurrent reports, payments and button presses: right with the order's lock, wrong without it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import DatabaseError

from server.core.api_errors import ApiError
from server.payments import cash, refunds, settling, starting
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import Product
from server.payments.models import Order, OrderEvent, Payment
from server.payments.refund_models import Refund
from server.payments.refunds import request_refund
from server.payments.settling import Source, settle
from server.payments.starting import start
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, PRICE_FEN, VISITOR, order_of, paying_campaign
from tests.server.payments.fake_gateway import FakeGateway
from tests.server.races import at_once, meet, remove_transactions

pytestmark = pytest.mark.django_db(transaction=True)
MODULES = (settling, starting, cash, refunds)


@pytest.fixture
def order(transactional_db: None) -> Order:
    return order_of(make_student(paying_campaign()))


@pytest.fixture(params=["locked", "unlocked"])
def locked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "unlocked":
        remove_transactions(monkeypatch, *MODULES)
        for module in MODULES:
            monkeypatch.setattr(module, "lock_order", read_order)
    return bool(request.param == "locked")


def read_order(pk: int) -> Order:
    return Order.objects.select_related("student__campaign__school").get(pk=pk)


def meet_afterwards(patch: pytest.MonkeyPatch, module: Any, name: str, *, locked: bool) -> None:
    """Let both threads wait for each other after they have called the function, when each has read what the other is
    about to change."""
    real = getattr(module, name)
    patch.setattr(module, "_met", lambda: None, raising=False)
    meet(patch, module, "_met", locked=locked)

    def calling(*arguments: Any) -> Any:
        result = real(*arguments)
        module._met()
        return result

    patch.setattr(module, name, calling)


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter("error" if isinstance(one, (ApiError, DatabaseError)) else str(one) for one in results)


def test_return_page_notification_and_polling(
    order: Order, wechat: FakeGateway, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = wechat.pay(start(order, wechat, Product.NATIVE, VISITOR, NOW).number)
    meet(monkeypatch, settling, "_settle_locked", locked=locked, parties=3)
    sources = (Source.NOTIFICATION, Source.QUERY, Source.QUERY)
    results = at_once(*(lambda source=source: settle(report, "wechat", source, NOW) for source in sources))
    paid = OrderEvent.objects.filter(kind="paid").count()
    assert (outcomes(results)["settled"], paid) == ((1, 1) if locked else (3, 3))


def test_two_gateways_at_once(
    order: Order, wechat: FakeGateway, alipay: FakeGateway, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = wechat.pay(start(order, wechat, Product.NATIVE, VISITOR, NOW).number)
    second = alipay.pay(start(order, alipay, Product.PRECREATE, VISITOR, NOW).number)
    meet(monkeypatch, settling, "_settle_locked", locked=locked)
    results = at_once(
        lambda: settle(first, "wechat", Source.NOTIFICATION, NOW),
        lambda: settle(second, "alipay", Source.NOTIFICATION, NOW),
    )
    # Unlocked, the database's constraint rejects the second report; the gateway sends it again, and then it is over.
    assert outcomes(results) == ({"settled": 1, "over": 1} if locked else {"settled": 1, "error": 1})
    assert Refund.objects.count() == (1 if locked else 0)


def test_two_operators_take_the_cash_at_once(order: Order, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock only the database's constraint prevents a second receipt."""
    meet_afterwards(monkeypatch, cash, "require_payable", locked=locked)
    results = at_once(*[lambda: take_cash(order, Cashier(), NOW)] * 2)
    refused = [type(one) for one in results if not isinstance(one, Payment)]
    assert [issubclass(kind, ApiError if locked else DatabaseError) for kind in refused] == [True]


def test_two_presses_at_once(order: Order, wechat: FakeGateway, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    meet_afterwards(monkeypatch, starting, "_reusable", locked=locked)
    results = at_once(*[lambda: start(order, wechat, Product.NATIVE, VISITOR, NOW)] * 2)
    assert len({payment.number for payment in results}) == (1 if locked else 2)


def test_two_refund_requests_at_once(order: Order, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = take_cash(order, Cashier(), NOW)
    meet_afterwards(monkeypatch, refunds, "check_refundable", locked=locked)
    at_once(*[lambda: request_refund(payment, PRICE_FEN, "多收", NOW)] * 2)
    assert Refund.objects.count() == (1 if locked else 2)
