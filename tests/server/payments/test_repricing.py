"""A campaign's price or payer changes: which orders change with it, and what the office reads."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from django.test import Client
from django.utils import timezone

from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import Product
from server.payments.models import Order
from server.payments.orders import order_for
from server.payments.repricing import price_effects, reprice
from server.payments.starting import start
from server.records.models import Campaign
from server.records.scope import EVERYTHING
from tests.server.clerk.conftest import campaign_values, client_of
from tests.server.conftest import make_student
from tests.server.order_page.conftest import open_campaign
from tests.server.payments.conftest import VISITOR
from tests.server.payments.fake_gateway import FakeGateway


@pytest.fixture
def orders(db: None) -> list[Order]:
    """An order that nobody has begun to pay, one that somebody has begun to pay, and one that is paid."""
    campaign, now = open_campaign(), timezone.now()
    orders = [order_for(make_student(campaign, serial), now) for serial in (1, 2, 3)]
    fresh, begun, paid = [order for order in orders if order is not None]
    start(begun, FakeGateway(), Product.NATIVE, VISITOR, now)
    take_cash(paid, Cashier(), now)
    return [fresh, begun, paid]


def states(orders: list[Order]) -> list[tuple[str, int]]:
    stored = Order.objects.in_bulk([order.pk for order in orders])
    return [(stored[order.pk].state, stored[order.pk].amount_fen) for order in orders]


def test_only_orders_that_nobody_has_begun_to_pay_follow_the_price(orders: list[Order]) -> None:
    Campaign.objects.update(price_fen=3000)
    campaign = Campaign.objects.get()
    assert astuple(price_effects(campaign)) == (1, 1)
    reprice(campaign.pk, timezone.now())
    assert states(orders) == [("open", 3000), ("open", 2000), ("paid", 2000)]
    assert astuple(price_effects(campaign)) == (0, 1)
    reprice(campaign.pk, timezone.now())
    assert orders[0].events.filter(kind="repriced").count() == 1, "repeated, it changes nothing"


@pytest.mark.parametrize(
    ("changes", "kind"), [({"payer": "free", "price_fen": 0}, "no_price"), ({"payer": "school"}, "school_pays")]
)
def test_nobody_pays_any_more_when_the_campaign_is_free_or_the_school_pays(
    orders: list[Order], changes: dict[str, object], kind: str
) -> None:
    Campaign.objects.update(**changes)
    reprice(Campaign.objects.get().pk, timezone.now())
    assert states(orders) == [("waived", 2000), ("waived", 2000), ("paid", 2000)]
    assert [order.events.filter(kind=kind).count() for order in orders] == [1, 1, 0]


def test_the_clerk_reads_what_happens_to_the_orders(orders: list[Order]) -> None:
    clerk = client_of("lan", EVERYTHING)
    campaign = Campaign.objects.get()
    form = clerk.get(f"/clerk/campaigns/{campaign.pk}/edit", headers={"accept-language": "en"})
    assert "those that were begun keep theirs" in form.content.decode()
    values = campaign_values(payment_required="before_delivery", price="30")
    saved = clerk.post(
        f"/clerk/campaigns/{campaign.pk}/edit", values, headers={"accept-language": "en"}, follow=True
    ).content.decode()
    assert "Somebody has begun to pay 1 orders" in saved
    listed = read(clerk, f"/payments/?campaign={campaign.pk}")
    assert "1 open orders were begun before the price changed" in listed
    assert "¥30.00" in read(clerk, f"/payments/orders/{orders[0].pk}/"), "the page of an order shows what is due now"
    take_cash(orders[0], Cashier(), timezone.now())
    assert Order.objects.get(pk=orders[0].pk).payments.get().received_fen == 3000


def read(client: Client, url: str) -> str:
    response = client.get(url, headers={"accept-language": "en"})
    assert response.status_code == 200
    return response.content.decode()
