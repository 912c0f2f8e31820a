"""The page of an order: what it shows, how it is paid, and what needs a proof of identity."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from config.i18n import LANGUAGES
from config.taxpayer_number import is_taxpayer_number
from server.order_page.summary import summary_of
from server.payments.cash import Cashier, take_cash
from server.payments.gateways.base import PaymentReport, PaymentState, Product
from server.payments.models import Order, OrderState, Payment
from server.payments.refund_models import Refund
from server.payments.refunds import approve_refund, complete_refund, decline_refund, request_refund
from server.payments.settling import Source, settle
from server.payments.starting import start
from server.payments.vouchers import create_vouchers
from server.records.models import Campaign
from server.submissions.models import Submission
from server.submissions.states import State
from server.wechat.account import OfficialAccount
from tests.server.conftest import make_student
from tests.server.order_page.conftest import open_campaign
from tests.server.payments.conftest import VISITOR
from tests.server.payments.fake_gateway import FakeGateway
from tests.server.submissions.reviewing import Role, submission_of, user_in
from tests.server.submissions.test_sharing import other_enrolment
from tests.server.wechat.conftest import use_account

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36"
WECHAT = f"{PHONE} MicroMessenger/8.0"
COMPANY = "91350100M000100Y43"


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


def url(order: Order, part: str = "") -> str:
    return f"/o/{order.token}{f'/{part}' if part else ''}"


def html(client: Client, order: Order, query: str = "", **headers: str) -> str:
    response = client.get(url(order) + query, headers=headers)
    assert response.status_code == 200, response
    return response.content.decode()


def pay(order: Order, gateways: dict[str, FakeGateway], name: str = "wechat") -> Payment:
    """Start a payment and settle it with the gateway's report that it is paid."""
    gateway = gateways[name]
    product = sorted(gateway.products, key=lambda one: one.value != "native")[0]
    payment = start(order, gateway, product, VISITOR, timezone.now())
    gateway.trades[payment.number].state = PaymentState.PAID
    report = PaymentReport(
        payment.number, PaymentState.PAID, True, f"t-{payment.number}"[:60], payment.amount_fen, timezone.now()
    )
    settle(report, name, Source.NOTIFICATION, timezone.now())
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_open_order_shows_the_amount_and_both_gateways(
    order: Order, gateways: dict[str, FakeGateway], language: str
) -> None:
    page = html(Client(headers={"accept-language": "en" if language == "en" else "zh-CN"}), order)
    assert "¥20.00" in page
    assert page.count('name="gateway"') == 2
    assert order.student.name not in page, "the name is masked"
    assert ('data-waits="1"') in page


def test_an_unknown_address_shows_one_sentence(db: None, english: Client) -> None:
    response = english.get("/o/nothing")
    assert response.status_code == 404
    assert "Scan" in response.content.decode() or "scan" in response.content.decode()


@pytest.fixture
def wechat_user(monkeypatch: pytest.MonkeyPatch, english: Client) -> None:
    """A session in which WeChat has identified the user of this browser."""
    account = OfficialAccount("wx1", "secret", "http://127.0.0.1:1", "http://127.0.0.1:1", simulated=True)
    use_account(monkeypatch, account)
    session = english.session
    session["wechat_user"] = {"appid": "wx1", "openid": "oSIMULATED", "until": time.time() + 60}
    session.save()
    english.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


@pytest.mark.parametrize(
    ("agent", "gateway", "product"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64)", "wechat", "native"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "alipay", "precreate"),
        (PHONE, "wechat", "h5"),
        (PHONE, "alipay", "wap"),
        (WECHAT, "wechat", "jsapi"),
        (f"{PHONE} AlipayClient/10", "alipay", "wap"),
    ],
)
def test_each_browser_gets_the_product_that_works_there(
    order: Order,
    gateways: dict[str, FakeGateway],
    english: Client,
    wechat_user: None,
    agent: str,
    gateway: str,
    product: str,
) -> None:
    response = english.post(url(order, "pay"), {"gateway": gateway}, headers={"user-agent": agent})
    assert response.status_code == 302
    assert [payment.product for payment in order.payments.all()] == [product]
    page = english.get(response["Location"], headers={"user-agent": agent}).content.decode()
    assert 'id="attempt"' in page


def test_pressing_the_button_twice_starts_one_payment(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    for _ in range(2):
        english.post(url(order, "pay"), {"gateway": "wechat"})
    assert order.payments.count() == 1


def test_inside_wechat_alipay_is_not_offered(
    order: Order, gateways: dict[str, FakeGateway], english: Client, wechat_user: None
) -> None:
    page = html(english, order, **{"user-agent": WECHAT})
    assert 'value="wechat"' in page
    assert 'value="alipay"' not in page


def test_a_gateway_that_does_not_answer_is_not_called_a_failure(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    gateways["wechat"].fail("start", "before")
    response = english.post(url(order, "pay"), {"gateway": "wechat"}, follow=True)
    page = response.content.decode().lower()
    assert "does not answer" in page
    assert "failed" not in page


def test_the_live_part_shows_the_payment_without_a_new_page(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    assert 'data-state="open"' in english.get(url(order, "live")).content.decode()
    payment = pay(order, gateways)
    part = english.get(url(order, "live")).content.decode()
    assert 'data-state="paid"' in part
    assert 'data-waits=""' in part, "nothing changes automatically any more"
    assert payment.transaction_id in part
    assert "<html" not in part


def test_a_second_payment_is_explained_in_one_sentence(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    wechat = start(order, gateways["wechat"], _native(), VISITOR, timezone.now())
    pay(order, gateways, "alipay")
    report = PaymentReport(wechat.number, PaymentState.PAID, True, "second", wechat.amount_fen, timezone.now())
    settle(report, "wechat", Source.QUERY, timezone.now())
    assert "more than was due" in html(english, order)


def _native() -> Any:
    from server.payments.gateways.base import Product

    return Product.NATIVE


def test_a_refund_needs_the_proof_a_reason_and_the_office(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    pay(order, gateways)
    assert english.post(url(order, "refund"), {"reason": "two"}).status_code == 403
    assert english.post(url(order, "unlock"), {"last_four": "0000"}).status_code == 403
    assert english.post(url(order, "unlock"), {"last_four": order.student.last_four}).status_code == 302
    assert english.post(url(order, "refund"), {"reason": " "}).status_code == 422
    assert not Refund.objects.exists()
    assert english.post(url(order, "refund"), {"reason": "I withdraw"}).status_code == 302
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_fen, refund.requested_by) == ("requested", 2000, None)
    page = html(english, order)
    assert "waits for the school" in page
    assert 'id="reason"' not in page, "one request at a time"
    decline_refund(refund, user_in(Role.REVIEWER), timezone.now())
    assert 'id="reason"' in html(english, order)


def test_a_partial_refund_shows_how_much(order: Order, gateways: dict[str, FakeGateway], english: Client) -> None:
    payment = pay(order, gateways)
    refund = request_refund(payment, 500, "half", timezone.now())
    approve_refund(refund, user_in(Role.REVIEWER), timezone.now())
    assert "is being returned" in html(english, order)
    complete_refund(refund.pk, timezone.now())
    assert "5.00 yuan of it have been refunded" in html(english, order)
    assert summary_of(Order.objects.get(), timezone.now()).refundable_fen == 1500


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"kind": "person", "title": "王小明"}, 302),
        ({"kind": "organisation", "title": "示范公司", "number": COMPANY}, 302),
        ({"kind": "organisation", "title": "示范公司", "number": "91350100m000100y43 "}, 302),
        ({"kind": "organisation", "title": "示范公司", "number": "91350100M000100Y44"}, 422),
        ({"kind": "organisation", "title": "示范公司"}, 422),
        ({"kind": "person", "title": ""}, 422),
        ({"kind": "person", "title": "王小明", "email": "nobody"}, 422),
    ],
)
def test_invoice_details_are_checked(
    order: Order, gateways: dict[str, FakeGateway], english: Client, changes: dict[str, str], status: int
) -> None:
    pay(order, gateways)
    english.post(url(order, "unlock"), {"last_four": order.student.last_four})
    assert english.post(url(order, "invoice"), changes).status_code == status
    order.refresh_from_db()
    assert order.invoice_state == ("requested" if status == 302 else "none")
    if status == 302 and changes["kind"] == "organisation":
        assert order.invoice_taxpayer_number == COMPANY


def test_without_the_proof_no_invoice_detail_is_shown(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    pay(order, gateways)
    Order.objects.update(invoice_title="某公司", invoice_taxpayer_number=COMPANY, invoice_state="requested")
    page = html(english, order)
    assert COMPANY not in page
    assert "某公司" not in page


@pytest.mark.parametrize("number", ["911101080000000001", "123456789012345", "1" * 20, COMPANY])
def test_only_18_characters_have_a_check_character(number: str) -> None:
    assert is_taxpayer_number(number) is (len(number) != 18 or number == COMPANY)


def test_a_voucher_settles_the_order_and_guesses_are_limited(order: Order, english: Client, gateways: Any) -> None:
    until = timezone.now() + timedelta(days=3)
    [code] = create_vouchers(order.student.campaign, 1, "help", user_in(Role.REVIEWER), until, timezone.now())
    assert english.post(url(order, "voucher"), {"code": "WRONGWRONG"}).status_code == 422
    assert english.post(url(order, "voucher"), {"code": code.lower()}).status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.PAID.value
    page = html(english, order)
    assert 'id="refund"' not in page
    for _ in range(10):
        last = english.post(url(order, "voucher"), {"code": "WRONGWRONG"})
    assert last.status_code == 429


def test_a_real_campaign_offers_no_simulated_gateway(
    db: None, gateways: dict[str, FakeGateway], english: Client
) -> None:
    from server.payments.orders import order_for
    from tests.server.conftest import make_student

    real = order_for(make_student(open_campaign("realone"[:6], simulated=False)), timezone.now())
    assert real is not None
    page = html(english, real)
    assert 'name="gateway"' not in page
    assert english.post(url(real, "pay"), {"gateway": "wechat"}).status_code == 422
    assert not real.payments.exists()


def test_cash_has_its_receipt_number_on_the_page(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    assert payment.receipt_number in html(english, order)


def test_the_page_needs_few_queries(
    order: Order, gateways: dict[str, FakeGateway], english: Client, django_assert_max_num_queries: Any
) -> None:
    pay(order, gateways)
    english.get(url(order))
    with django_assert_max_num_queries(30):
        english.get(url(order, "live"))


def test_the_student_s_page_leads_to_the_order(order: Order, english: Client) -> None:
    page = english.get(f"/p/{order.student.progress_token}").content.decode()
    assert url(order) in page


def test_the_orders_of_all_enrolments_with_the_same_portrait_are_listed(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    own = order.student
    minor = other_enrolment(own, campaign=open_campaign("minor", price_fen=2500, title="辅修"))
    stranger = make_student(open_campaign("others", price_fen=700), 2)
    assert 'id="others"' not in html(english, order), "no portrait yet"
    for serial, student in enumerate((own, minor, stranger)):
        one = submission_of(student, State.RECEIVED, id=f"{serial:032}")
        Submission.objects.filter(pk=one.pk).update(shot_sha256="5" * 64, portrait_sha256="6" * 64)
    page = html(english, order)
    minor_order = Order.objects.get(student=minor)
    assert f'href="/o/{minor_order.token}"' in page
    assert "辅修" in page
    assert "¥25.00" in page
    assert "¥7.00" not in page, "the order of another person, although the portrait is the same file"
    assert f'href="/o/{order.token}"' in html(english, minor_order)
    receipt = english.get(f"/p/{own.progress_token}").content.decode()
    assert receipt.count('id="open_order') == 2
    Campaign.objects.filter(pk="minor").update(payer="school")
    assert 'id="others"' not in html(english, order)


def test_nobody_is_offered_to_pay_again_after_a_wrong_amount(
    order: Order, gateways: dict[str, FakeGateway], english: Client
) -> None:
    payment = start(order, gateways["alipay"], Product.PRECREATE, VISITOR, timezone.now())
    assert 'name="gateway"' in html(english, order)
    report = PaymentReport(payment.number, PaymentState.PAID, True, "t1", 1999, timezone.now())
    settle(report, "alipay", Source.QUERY, timezone.now())
    page = html(english, order)
    assert "19.99" in page
    assert 'name="gateway"' not in page
