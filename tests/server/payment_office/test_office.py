"""The office's pages: who sees what, the second person, and a bounded number of queries."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from server.audit.models import Action, Event
from server.day.tables import Column, Money, Table
from server.day.workbook import workbook_of
from server.members.models import Role
from server.payments.bill_models import Bill, BillFinding, FindingKind
from server.payments.cash import Cashier, take_cash
from server.payments.models import Order, OrderState
from server.payments.office_models import CashCount, Voucher, Waiver
from server.payments.orders import order_for
from server.payments.refund_models import Refund
from server.records.models import Campaign, School, Student
from server.records.scope import EVERYTHING, Scope
from tests.server.clerk.conftest import client_of
from tests.server.conftest import make_student
from tests.server.order_page.conftest import gateways, open_campaign, order

__all__ = ["gateways", "order"]


@pytest.fixture
def clerk(db: None) -> Client:
    return client_of("lan", EVERYTHING)


@pytest.fixture
def second(db: None) -> Client:
    return client_of("mei", EVERYTHING)


@pytest.fixture
def stranger(db: None) -> Client:
    School.objects.create(code="99002", name="他校")
    return client_of("other", Scope(schools=("99002",)))


def act(client: Client, order: Order, part: str, **values: str) -> Any:
    return client.post(f"/payments/orders/{order.pk}/{part}", values)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response
    return response.content.decode()


def test_only_the_office_of_the_school_sees_orders(order: Order, stranger: Client) -> None:
    campaign = order.student.campaign_id
    reviewer = client_of("reviewer", EVERYTHING, Role.REVIEWER)
    assert reviewer.get("/payments/").status_code == 403
    assert Client().get("/payments/").status_code == 302
    for path in (
        f"/payments/?campaign={campaign}",
        f"/payments/orders/{order.pk}/",
        f"/payments/campaigns/{campaign}/cash",
        f"/payments/campaigns/{campaign}/vouchers",
        f"/payments/campaigns/{campaign}/statement.xlsx",
    ):
        assert stranger.get(path).status_code == 404, path
    assert act(stranger, order, "cash").status_code == 404
    assert stranger.post(f"/payments/students/{order.student_id}").status_code == 404
    order.refresh_from_db()
    assert order.state == OrderState.OPEN.value


def test_orders_are_found_by_name_number_and_receipt(order: Order, clerk: Client) -> None:
    other = make_student(order.student.campaign, 2, name="李雷")
    receipt = take_cash(order, Cashier(station_name="1"), timezone.now()).receipt_number
    base = f"/payments/?campaign={order.student.campaign_id}"
    link = f"/payments/orders/{order.pk}/"
    assert link in page(clerk, f"{base}&q={receipt}")
    assert other.student_no not in page(clerk, f"{base}&q={receipt}")
    assert other.student_no in page(clerk, f"{base}&state=none")
    assert link not in page(clerk, f"{base}&state=none")
    assert link in page(clerk, f"{base}&state=paid")


def test_a_complete_id_number_is_not_searched(order: Order, clerk: Client) -> None:
    html = page(clerk, f"/payments/?campaign={order.student.campaign_id}&q=990101200305090121")
    assert 'value="990101200305090121"' not in html
    assert "last four" in html


def test_the_list_of_many_needs_few_queries(order: Order, clerk: Client, django_assert_max_num_queries: Any) -> None:
    campaign = order.student.campaign
    students = [
        Student(campaign=campaign, name="学生", student_no=f"2023{n:05d}", id_number_hmac=f"{n:064d}", last_four="0000")
        for n in range(300)
    ]
    Student.objects.bulk_create(students)
    Order.objects.bulk_create(Order(student=student, amount_fen=2000) for student in students[:200])
    with django_assert_max_num_queries(14):
        html = page(clerk, f"/payments/?campaign={campaign.pk}&page=2")
    assert html.count("/payments/orders/") >= 50


def test_cash_at_the_office_opens_the_order_and_numbers_the_receipt(clerk: Client, db: None) -> None:
    student = make_student(open_campaign())
    response = clerk.post(f"/payments/students/{student.pk}")
    order = Order.objects.get()
    assert response["Location"] == f"/payments/orders/{order.pk}/"
    assert act(clerk, order, "cash").status_code == 302
    payment = order.payments.get()
    assert payment.taken_by is not None
    assert payment.receipt_number in page(clerk, f"/payments/orders/{order.pk}/")
    assert act(clerk, order, "cash").status_code == 409
    assert order.payments.count() == 1
    assert Event.objects.filter(action=Action.RECORD_CHANGED, subject=f"order {order.pk}").count() == 1


def test_a_refund_takes_two_persons(order: Order, clerk: Client, second: Client) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    request = act(clerk, order, "refund", payment=str(payment.pk), amount="¥12.50", reason="withdrawn")
    assert request.status_code == 302
    refund = Refund.objects.get()
    assert refund.amount_fen == 1250
    own_approval = act(clerk, order, "refunds", refund=str(refund.pk), decision="approve")
    assert own_approval.status_code in (403, 409, 422)
    assert "Somebody else has to approve" in own_approval.content.decode()
    assert "withdrawn" in page(second, "/payments/approvals")
    assert act(second, order, "refunds", refund=str(refund.pk), decision="approve").status_code == 302
    assert act(second, order, "refunds", refund=str(refund.pk), decision="paid_out").status_code == 302
    refund.refresh_from_db()
    assert refund.state == "done"


@pytest.mark.parametrize(
    ("amount", "reason"), [("20.01", "too much"), ("0", "nothing"), ("x", "no number"), ("5", " ")]
)
def test_an_impossible_refund_is_refused_on_the_page(order: Order, clerk: Client, amount: str, reason: str) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    response = act(clerk, order, "refund", payment=str(payment.pk), amount=amount, reason=reason)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-5", "", "x", "5,5", "1e1", "0.005", "1_0"])
def test_an_amount_that_is_none_is_not_called_too_much(order: Order, clerk: Client, amount: str) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    response = act(clerk, order, "refund", payment=str(payment.pk), amount=amount, reason="help")
    assert response.status_code == 422
    assert "enter yuan above 0" in response.content.decode()


def test_an_amount_may_be_typed_with_a_chinese_keyboard(order: Order, clerk: Client) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    for amount in ("￥5", "５.５０", "¥1", "2元"):
        assert act(clerk, order, "refund", payment=str(payment.pk), amount=amount, reason="help").status_code == 302
    assert [refund.amount_fen for refund in Refund.objects.order_by("pk")] == [500, 550, 100, 200]


def test_vouchers_are_not_created_for_a_day_that_is_over(order: Order, clerk: Client) -> None:
    campaign = order.student.campaign
    path = f"/payments/campaigns/{campaign.pk}/vouchers"
    for until in ((timezone.localdate() - timedelta(days=1)).isoformat(), "", "0001-01-01", "tomorrow"):
        response = clerk.post(path, {"count": "2", "reason": "help", "until": until})
        assert response.status_code == 422
        assert "choose today or a later day" in response.content.decode()
    Campaign.objects.filter(pk=campaign.pk).update(closes_at=timezone.now() - timedelta(days=30))
    today = timezone.localdate().isoformat()
    assert f'value="{today}"' in page(clerk, path), "after the campaign's last day the form does not suggest it"
    assert clerk.post(f"{path}/approve", {"by": "9" * 5000}).status_code == 404


def test_a_waiver_above_the_limit_waits_for_somebody_else(
    order: Order, clerk: Client, second: Client, settings: Any
) -> None:
    payments = settings.APP.payments.model_copy(update={"waivers_per_day": 0})
    settings.APP = settings.APP.model_copy(update={"payments": payments})
    assert act(clerk, order, "waive", reason="poor").status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.OPEN.value
    assert act(clerk, order, "waiver", approve="1").status_code in (403, 409, 422)
    assert act(second, order, "waiver", approve="1").status_code == 302
    order.refresh_from_db()
    assert (order.state, Waiver.objects.get().state) == ("waived", "approved")


def test_vouchers_are_shown_once(order: Order, clerk: Client) -> None:
    path = f"/payments/campaigns/{order.student.campaign_id}/vouchers"
    until = (timezone.localdate() + timedelta(days=3)).isoformat()
    response = clerk.post(path, {"count": "2", "reason": "help", "until": until})
    assert response.status_code == 200
    [voucher, _] = Voucher.objects.all()
    assert voucher.code_end in response.content.decode()
    assert response.content.decode().count("<li>") >= 2
    again = page(clerk, path)
    assert 'id="codes"' not in again
    assert clerk.post(f"{path}/{voucher.pk}/cancel").status_code == 302
    voucher.refresh_from_db()
    assert voucher.cancelled_at is not None


@pytest.mark.parametrize("by", ["9" * 5000, "9" * 17, "-1", ""])
def test_vouchers_of_an_absurd_creator_are_not_found(order: Order, clerk: Client, by: str) -> None:
    path = f"/payments/campaigns/{order.student.campaign_id}/vouchers/approve"
    assert clerk.post(path, {"by": by}).status_code == 404


def test_a_count_is_stored_with_its_difference(order: Order, clerk: Client) -> None:
    take_cash(order, Cashier(station_name="1"), timezone.now())
    path = f"/payments/campaigns/{order.student.campaign_id}/cash"
    assert clerk.post(path, {"counted": "much"}).status_code == 422
    assert clerk.post(path, {"counted": "19.50", "remark": "coin lost"}).status_code == 302
    count = CashCount.objects.get()
    assert (count.expected_fen, count.counted_fen, count.difference_fen) == (2000, 1950, -50)
    assert "coin lost" in page(clerk, path)


def finding_of(order: Order | None, number: str) -> BillFinding:
    bill, _ = Bill.objects.get_or_create(
        gateway="wechat",
        day=timezone.localdate(),
        defaults={"compared_at": timezone.now(), "payments": 1, "payments_fen": 1, "refunds": 0, "refunds_fen": 0},
    )
    return BillFinding.objects.create(
        bill=bill, kind=FindingKind.MISSING, is_refund=False, number=number, payment_number=number, our_fen=2000
    )


@pytest.mark.parametrize("decision", ["gateway", "ours", "asked"])
def test_a_finding_has_three_decisions(order: Order, clerk: Client, decision: str) -> None:
    finding = finding_of(None, "nobody")
    response = clerk.post(f"/payments/findings/{finding.pk}", {"decision": decision, "remark": "called"})
    assert response.status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.remark) == (decision, "called")
    is_listed = f'id="finding-{finding.pk}"' in page(clerk, "/payments/findings")
    assert is_listed is (decision == "asked"), "listed until the gateway's answer"


def test_findings_belong_to_the_school_of_their_order(order: Order, stranger: Client) -> None:
    payment = take_cash(order, Cashier(station_name="1"), timezone.now())
    own, nobodys = finding_of(order, payment.number), finding_of(None, "nobody")
    of_school = client_of("school", Scope(schools=(order.student.campaign.school_id,)))
    assert f"finding-{own.pk}" in page(of_school, "/payments/findings")
    assert f"finding-{nobodys.pk}" not in page(of_school, "/payments/findings")
    assert f"finding-{own.pk}" not in page(stranger, "/payments/findings")
    assert stranger.post(f"/payments/findings/{own.pk}", {"decision": "ours"}).status_code == 404


@pytest.mark.usefixtures("small_typeface")
def test_the_statement_has_a_line_for_each_class(db: None, clerk: Client) -> None:
    campaign = open_campaign("school", payer="school", payment_required="never")
    for serial, name in ((1, "一班"), (2, "一班"), (3, "二班")):
        student = make_student(campaign, serial)
        Student.objects.filter(pk=student.pk).update(class_name=name)
        order_for(Student.objects.select_related("campaign").get(pk=student.pk), timezone.now())
    response = clerk.get(f"/payments/campaigns/{campaign.pk}/statement.xlsx")
    rows = list(load_workbook(io.BytesIO(response.content)).active.values)
    assert [row[:2] for row in rows[1:]] == [("一班", 2), ("二班", 1), ("Total", 3)]
    assert [row[6] for row in rows[1:]] == [2, 1, 3], "waived because the school pays"
    pdf = clerk.get(f"/payments/campaigns/{campaign.pk}/statement.pdf")
    assert pdf.content.startswith(b"%PDF")


def test_amounts_in_the_workbook_are_exact_numbers() -> None:
    amounts = [0, 1, 10, 1999, -5, 123_456_789, 9_999_999_999_999]
    table = Table("payment_office.statement", (Column("payment_office.paid_sum"),), [(Money(fen),) for fen in amounts])
    content = workbook_of([table], "en")
    cells = [row[0] for row in load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2)]
    assert [round(Decimal(repr(cell.value)) * 100, 0) for cell in cells] == amounts
    assert {cell.data_type for cell in cells} == {"n"}
    assert {cell.number_format for cell in cells} == {'"¥"#,##0.00;-"¥"#,##0.00'}
    stored = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    for digits in ("19.99", "-0.05", "1234567.89", "99999999999.99"):
        assert f"<v>{digits}</v>" in stored, "the exact decimal digits, not a binary fraction"


def test_price_payer_and_rule_are_in_the_form_of_the_campaign(order: Order, clerk: Client) -> None:
    campaign = order.student.campaign
    form = page(clerk, f"/clerk/campaigns/{campaign.pk}/edit")
    assert 'name="payment_required"' in form
    assert 'name="refund_on_withdrawal"' in form
    from tests.server.clerk.conftest import campaign_values

    values = campaign_values(payment_required="before_capture", price="30", refund_on_revocation="on")
    assert clerk.post(f"/clerk/campaigns/{campaign.pk}/edit", values).status_code == 302
    saved = Campaign.objects.get(pk=campaign.pk)
    assert (saved.price_fen, saved.payment_required, saved.refund_on_revocation) == (3000, "before_capture", True)
    free = campaign_values(payer="school", payment_required="before_capture", price="30")
    clerk.post(f"/clerk/campaigns/{campaign.pk}/edit", free)
    assert Campaign.objects.get(pk=campaign.pk).payment_required == "never", "only students are asked to pay"


def test_an_invoice_is_issued_and_reversed(order: Order, clerk: Client) -> None:
    Order.objects.update(state="paid", invoice_state="requested", invoice_title="某公司")
    assert act(clerk, order, "invoice").status_code == 422
    assert act(clerk, order, "invoice", number="044001900111").status_code == 302
    assert act(clerk, order, "invoice", reverse="1").status_code == 302
    order.refresh_from_db()
    assert (order.invoice_state, order.invoice_number) == ("reversed", "044001900111")


@pytest.mark.parametrize("role", Role)
def test_the_menu_leads_here_for_the_office_only(role: Role, order: Order) -> None:
    is_office = role in (Role.CLERK, Role.ADMINISTRATOR)
    response = client_of("somebody", EVERYTHING, role).get("/payments/")
    assert response.status_code == (200 if is_office else 403)
    [menu] = re.findall(r'<nav aria-label="Main menu">.*?</nav>', response.content.decode(), re.DOTALL)
    assert ('href="/payments/"' in menu) is is_office


def test_every_page_has_the_same_tabs(order: Order, clerk: Client) -> None:
    campaign = order.student.campaign_id
    parts = ("", "approvals", "findings", f"campaigns/{campaign}/cash", f"campaigns/{campaign}/vouchers")
    for path in (f"/payments/{part}" for part in (*parts, f"orders/{order.pk}/")):
        tabs = re.search(r'<nav class="tabs".*?</nav>', page(clerk, path), re.DOTALL)
        assert tabs is not None
        assert re.findall(r'href="(?:/payments/)([^"?]*)', tabs[0]) == [
            "", "approvals", f"campaigns/{campaign}/cash", f"campaigns/{campaign}/vouchers", "findings",
        ], path  # fmt: skip


def test_the_tabs_keep_the_campaign(order: Order, clerk: Client, stranger: Client) -> None:
    first = order.student.campaign
    later = Campaign.objects.create(
        code="later", school=first.school, title="x", opens_at=first.opens_at, closes_at=first.closes_at, price_fen=100
    )
    for code in (first.pk, later.pk):
        for part in ("approvals", "findings"):
            assert f'"/payments/campaigns/{code}/cash"' in page(clerk, f"/payments/{part}?campaign={code}")
            assert f'"/payments/{part}?campaign={code}"' in page(clerk, f"/payments/campaigns/{code}/cash")
    finding = finding_of(order, "P1")
    response = clerk.post(f"/payments/findings/{finding.pk}?campaign={later.pk}", {"decision": "ours"})
    assert response["Location"] == f"/payments/findings?campaign={later.pk}"
    for unknown in ("no such", "\x00", first.pk):
        assert "/cash" not in page(stranger, f"/payments/approvals?campaign={unknown}")
