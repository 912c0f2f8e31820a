"""The ledger with both clients at the simulator, with random faults of every call and every notification."""

from __future__ import annotations

import pytest

from server.payments import notifications
from server.payments.gateways.alipay.account import AlipayAccount
from server.payments.gateways.base import Gateway
from server.payments.gateways.wechat.account import WeChatAccount
from server.payments.models import Order, Payment
from server.payments.refund_models import Refund
from server.payments.simulator.http_server import SimulatorServer
from tests.server.payments.gateways.ledger_run import LedgerRun, all_problems

pytestmark = pytest.mark.django_db
SEED = 5
ORDERS = 200


@pytest.fixture(autouse=True)
def the_endpoint_has_these_gateways(gateways: dict[str, Gateway], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "configured_gateways", lambda: gateways)


def test_every_fen_is_accounted_for(server: SimulatorServer, gateways: dict[str, Gateway]) -> None:
    run = LedgerRun(server, gateways, SEED).of(ORDERS)

    assert all_problems(run) == []
    paid = Order.objects.filter(state="paid").count()
    assert ORDERS / 4 < run.paid_by_notification < paid, "polling settles payments whose notification was lost"
    assert {200, 204, 401} <= set(run.answers)
    assert Refund.objects.filter(state="done").exists()
    assert Payment.objects.filter(state="wrong").exists()


def test_without_checking_signatures_it_is_not(
    server: SimulatorServer, gateways: dict[str, Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the run contains forged notifications, and the check detects their effect."""
    monkeypatch.setattr(WeChatAccount, "signature_problem", lambda *_: "")
    monkeypatch.setattr(AlipayAccount, "has_signed", lambda *_: True)
    assert all_problems(LedgerRun(server, gateways, SEED).of(40))
