"""An open order of a campaign of today, and two fake gateways in place of the configured ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from server.order_page import paying, views
from server.payments import jobs
from server.payments.gateways.base import Gateway
from server.payments.models import Order
from server.payments.orders import order_for
from server.records.models import Campaign
from server.stations import orders as station_orders
from tests.server.conftest import make_student
from tests.server.payments.conftest import paying_campaign
from tests.server.payments.fake_gateway import FakeGateway


def open_campaign(code: str = "paying", **details: object) -> Campaign:
    now = timezone.now()
    days = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=5)}
    return paying_campaign(code, **{**days, **details})


@pytest.fixture
def order(db: None) -> Order:
    new_order = order_for(make_student(open_campaign()), timezone.now())
    assert new_order is not None
    return new_order


@pytest.fixture
def gateways(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeGateway]:
    fakes = {"wechat": FakeGateway(), "alipay": FakeGateway("alipay")}
    configure(monkeypatch, fakes)
    return fakes


def configure(monkeypatch: pytest.MonkeyPatch, gateways: dict[str, FakeGateway] | dict[str, Gateway]) -> None:
    for module in (views, paying, station_orders, jobs):
        monkeypatch.setattr(module, "configured_gateways", lambda: gateways)
