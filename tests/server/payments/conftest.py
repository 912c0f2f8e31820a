"""A campaign whose students pay, the order of one student, and two gateways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.payments.models import Order
from server.payments.orders import order_for
from server.payments.starting import Visitor
from server.records.models import Campaign, Student
from tests.server.conftest import make_campaign, make_student
from tests.server.payments.fake_gateway import FakeGateway

NOW = datetime(2026, 5, 11, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Beijing
VISITOR = Visitor(base_url="https://photo.example.edu")
PRICE_FEN = 2000


def paying_campaign(code: str = "paying", **details: object) -> Campaign:
    price = {"price_fen": PRICE_FEN, "payer": "student", "payment_required": "before_delivery"}
    days = {"opens_at": NOW.replace(day=1), "closes_at": NOW.replace(day=20)}
    return make_campaign(code, **{**price, **days, **details})


def order_of(student: Student) -> Order:
    order = order_for(student, NOW)
    assert order is not None
    return order


@pytest.fixture
def order(db: None) -> Order:
    return order_of(make_student(paying_campaign()))


@pytest.fixture
def wechat() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def alipay() -> FakeGateway:
    return FakeGateway("alipay")
