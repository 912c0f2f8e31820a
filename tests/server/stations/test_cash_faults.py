"""Cash at the kiosk with a lost response: the operator repeats the request, and the cash is recorded once."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.utils import timezone

from kiosk.upload.client import Client
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.http.stall_timeout import WatchedAdapter
from kiosk.upload.order import CashPayment
from server.payments.cash import Cashier, pay_out_cash
from server.payments.models import Order, Payment
from server.payments.orders import order_for
from server.payments.refunds import approve_refund, request_refund
from tests.server.conftest import make_student
from tests.server.order_page.conftest import open_campaign
from tests.server.station_client import StationClient

CASH = CashPayment(amount_fen=2000, key="ab" * 16)


class LossyAdapter(WatchedAdapter):
    """An adapter that breaks the connection after the server's response and before the station reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.losses = 0

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().send(request, *args, **kwargs)
        if self.losses:
            self.losses -= 1
            response.close()
            raise requests.ConnectionError("the response was lost")
        return response


@pytest.fixture
def adapter() -> LossyAdapter:
    return LossyAdapter()


@pytest.fixture
def order(address: str) -> Order:
    new_order = order_for(make_student(open_campaign(), id="a" * 32), timezone.now())
    assert new_order is not None
    return new_order


@pytest.fixture
def station(address: str, order: Order, adapter: LossyAdapter) -> Client:
    session = requests.Session()
    session.mount("http://", adapter)
    return Client(address, StationClient.paired(address).pairing.token, session, sleep=lambda _: None)


def lose_cash(station: Client, order: Order, adapter: LossyAdapter) -> None:
    adapter.losses = 1
    with pytest.raises(ServerUnreachable):
        station.pay_cash(order.student_id, CASH)
    assert Payment.objects.get().gateway == "cash", "the server has recorded it"


def test_a_retry_after_a_lost_response_gets_the_same_receipt(
    station: Client, order: Order, adapter: LossyAdapter
) -> None:
    lose_cash(station, order, adapter)
    again = station.pay_cash(order.student_id, CASH)
    assert again is not None
    assert (again.state, again.receipt_no) == ("paid", Payment.objects.get().receipt_number)


@pytest.mark.parametrize(("key", "payments"), [(CASH.key, 1), ("cd" * 16, 2)])
def test_a_retry_after_the_office_refunded_the_cash_is_not_recorded_again(
    station: Client, order: Order, adapter: LossyAdapter, key: str, payments: int
) -> None:
    """The control with another key shows that the key decides: the refunded order could be paid again."""
    lose_cash(station, order, adapter)
    people = [User.objects.create(username=name) for name in ("one", "two")]
    refund = request_refund(Payment.objects.get(), 2000, "退回", timezone.now(), people[0])
    pay_out_cash(approve_refund(refund, people[1], timezone.now()), Cashier(user=people[0]), timezone.now())
    assert Order.objects.get().state == "refunded"
    again = station.pay_cash(order.student_id, CASH.model_copy(update={"key": key}))
    assert again is not None
    assert Payment.objects.count() == payments
    assert again.state == ("refunded" if payments == 1 else "paid")


def test_the_key_of_another_order_takes_cash_for_this_one(station: Client, order: Order) -> None:
    station.pay_cash(order.student_id, CASH)
    other = order_for(make_student(order.student.campaign, 2), timezone.now())
    assert other is not None
    paid = station.pay_cash(other.student_id, CASH)
    assert paid is not None
    assert paid.state == "paid"
    assert Payment.objects.count() == 2
