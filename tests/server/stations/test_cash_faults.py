"""Cash at the kiosk whose answer is lost: the operator repeats it, and the cash is taken once."""

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


class LosesAnswers(WatchedAdapter):
    """The server has answered, and the connection breaks before the station reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().send(request, *args, **kwargs)
        if self.left:
            self.left -= 1
            answer.close()
            raise requests.ConnectionError("the answer was lost")
        return answer


@pytest.fixture
def line() -> LosesAnswers:
    return LosesAnswers()


@pytest.fixture
def order(address: str) -> Order:
    found = order_for(make_student(open_campaign(), id="a" * 32), timezone.now())
    assert found is not None
    return found


@pytest.fixture
def station(address: str, order: Order, line: LosesAnswers) -> Client:
    session = requests.Session()
    session.mount("http://", line)
    return Client(address, StationClient.paired(address).pairing.token, session, sleep=lambda _: None)


def lose_cash(station: Client, order: Order, line: LosesAnswers) -> None:
    line.left = 1
    with pytest.raises(ServerUnreachable):
        station.pay_cash(order.student_id, CASH)
    assert Payment.objects.get().gateway == "cash", "the server has recorded it"


def test_repeated_after_a_lost_answer_it_is_the_same_receipt(station: Client, order: Order, line: LosesAnswers) -> None:
    lose_cash(station, order, line)
    again = station.pay_cash(order.student_id, CASH)
    assert again is not None
    assert (again.state, again.receipt_no) == ("paid", Payment.objects.get().receipt_number)


@pytest.mark.parametrize(("key", "payments"), [(CASH.key, 1), ("cd" * 16, 2)])
def test_repeated_after_the_office_gave_the_cash_back_it_is_not_taken_again(
    station: Client, order: Order, line: LosesAnswers, key: str, payments: int
) -> None:
    """The control with another key shows that the key decides: the refunded order could be paid again."""
    lose_cash(station, order, line)
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
    answer = station.pay_cash(other.student_id, CASH)
    assert answer is not None
    assert answer.state == "paid"
    assert Payment.objects.count() == 2
