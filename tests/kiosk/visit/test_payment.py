"""The payment screen: the server alone decides what is paid, and no visit waits for it or is lost because of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import cast

import pytest

from config.errors import Problem
from config.i18n import Message
from hardware.barcodes.api import Scan
from hardware.cameras.api import Frame
from kiosk.guidance.coaching.advice import Advice, FaceBox
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.order import CashPayment, OrderPayload, PaymentCode
from kiosk.upload.roster_index import Enrolment
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.payment import Fee, PaymentPhase, PaymentStatus, fee_of
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.workers.receipt_printing import payment_lines
from tests.factories import make_campaign, make_student
from tests.kiosk.visit.harness import CARD, NOW, VisitHarness
from tests.kiosk.visit.test_enrolments import second_enrolment
from tests.waiting import future_result, wait_for_event

TIMEOUTS = VisitTimeouts()
LABEL = " · ".join(part for part in (make_campaign().school, make_campaign().title, make_student().label) if part)
FEE = Fee("a" * 32, "示范大学", 3000, before_capture=True)
CODES = (
    PaymentCode(channel="wechat", text="weixin://wxpay/bizpayurl?pr=1"),
    PaymentCode(channel="alipay", text="https://qr.alipay.com/1"),
)


@dataclass
class OrderServer:
    """Responds to requests about orders as the test sets it up."""

    order: OrderPayload = field(default_factory=lambda: OrderPayload(state="open", amount_fen=3000))
    problem: Problem | None = None
    has_orders: bool = True
    calls: list[str] = field(default_factory=list)
    cash: list[CashPayment] = field(default_factory=list)
    responding: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.responding.set()

    def requests(self) -> OrderRequests:
        return OrderRequests(self._start, self._query, self._pay_cash)

    def _start(self, student: str) -> OrderPayload | None:
        codes = {"codes": CODES, "codes_valid_seconds": 300.0} if self.order.state == "open" else {}
        return self._respond("start", self.order.model_copy(update=codes))

    def _query(self, student: str) -> OrderPayload | None:
        return self._respond("query", self.order)

    def _pay_cash(self, student: str, cash: CashPayment) -> OrderPayload | None:
        self.cash.append(cash)
        return self._respond("cash", self.order)

    def _respond(self, name: str, order: OrderPayload) -> OrderPayload | None:
        self.calls.append(name)
        wait_for_event(self.responding)
        if self.problem is not None:
            raise self.problem
        return order if self.has_orders else None

    def settle(self, **changes: object) -> None:
        self.order = self.order.model_copy(update={"state": "paid", **changes})


@pytest.fixture
def server() -> OrderServer:
    return OrderServer()


@pytest.fixture
def studio(tmp_path: Path, server: OrderServer) -> Iterator[VisitHarness]:
    harness = VisitHarness(tmp_path, orders=server.requests())
    harness.roster.campaign_changes = {"price_fen": 3000, "payment_required": "before_capture"}
    yield harness
    server.responding.set()
    harness.controller.close()
    harness.outbox.close()


def payment(studio: VisitHarness) -> PaymentStatus:
    status = studio.controller.state.payment
    assert status is not None
    return status


def to_payment(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.consent()
    assert studio.step is Step.PAYMENT


def with_codes(studio: VisitHarness) -> None:
    to_payment(studio)
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)


def poll(studio: VisitHarness, server: OrderServer) -> None:
    """Advance the clock by a second, after which the next request is sent."""
    calls = len(server.calls)
    studio.now += 1.0
    studio.until(lambda: len(server.calls) > calls)


def test_before_the_capture_both_codes_are_shown_and_posing_begins_within_two_seconds_of_the_payment(
    studio: VisitHarness, server: OrderServer
) -> None:
    with_codes(studio)
    assert [payment(studio).code(channel) for channel in ("wechat", "alipay")] == [code.text for code in CODES]
    assert (payment(studio).amount_fen, payment(studio).seconds_left(studio.now)) == (3000, 300)
    server.settle()
    studio.now += 2.0
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    assert (payment(studio).codes, studio.controller.state.unpaid_fen) == ((), 0)
    studio.now += TIMEOUTS.payment_result
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.controller._parts.lifecycle.visit is not None


@pytest.mark.parametrize("required", ["before_review", "before_delivery"])
def test_after_the_portrait_the_visit_is_safe_before_anybody_pays(
    studio: VisitHarness, server: OrderServer, required: str
) -> None:
    studio.roster.campaign_changes = {"price_fen": 3000, "payment_required": required}
    studio.to_review()
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.PAYMENT)
    visit = studio.outbox.lease(60)
    assert visit is not None, "ready to be sent"
    studio.controller.pay_later()
    assert studio.step is Step.DONE
    assert studio.controller.state.unpaid_fen == 3000


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_required": "never"},
        {"payer": "school"},
        {"price_fen": 0},
        {"payment_required": "something_newer"},
    ],
)
def test_an_order_that_is_not_due_has_no_payment_screen(studio: VisitHarness, changes: dict[str, object]) -> None:
    studio.roster.campaign_changes = {"price_fen": 3000, "payment_required": "before_capture", **changes}
    studio.to_shoot()
    assert studio.controller.state.payment is None
    campaign = studio.roster.find(CARD.number, NOW).campaign
    assert fee_of(campaign, make_student()) is None, "not after the portrait either"


def test_a_fee_contains_its_purpose() -> None:
    campaign = make_campaign(price_fen=1, payment_required="before_delivery", school="示范大学", title="2026 届")
    fee = fee_of(campaign, make_student(label="法学"))
    assert fee == Fee(make_student().id, "示范大学 · 2026 届 · 法学", 1, before_capture=False)


@pytest.mark.parametrize("state", ["paid", "waived", "refunded", "expired"])
def test_an_order_that_is_settled_or_closed_in_the_roster_has_no_fee(state: str) -> None:
    campaign = make_campaign(price_fen=3000, payment_required="before_capture")
    assert fee_of(campaign, make_student(order_state=state)) is None
    assert fee_of(campaign, make_student(order_state="open")) == Fee(
        make_student().id, LABEL, 3000, before_capture=True
    )


def test_without_a_response_the_visit_continues_and_the_order_stays_open(
    studio: VisitHarness, server: OrderServer
) -> None:
    server.problem = ServerUnreachable("upload.unreachable")
    to_payment(studio)
    studio.until(lambda: payment(studio).phase is PaymentPhase.UNAVAILABLE)
    studio.now += TIMEOUTS.payment_result
    studio.until(lambda: studio.step is Step.POSE)
    assert studio.controller.state.unpaid_fen == 3000


def test_a_server_without_orders_does_not_stop_the_visit(studio: VisitHarness, server: OrderServer) -> None:
    server.has_orders = False
    to_payment(studio)
    studio.until(lambda: payment(studio).phase is PaymentPhase.UNAVAILABLE)
    studio.controller.pay_later()
    assert studio.step is Step.POSE


def test_a_station_without_a_server_continues(tmp_path: Path) -> None:
    studio = VisitHarness(tmp_path)
    studio.roster.campaign_changes = {"price_fen": 3000, "payment_required": "before_capture"}
    to_payment(studio)
    studio.controller.process_events()
    assert payment(studio).phase is PaymentPhase.UNAVAILABLE
    studio.controller.confirm_by_staff()
    assert studio.controller.state.notice == Message("screen.payment.cash_unconfirmed"), "nobody has recorded it"
    studio.controller.close()
    studio.outbox.close()


def test_a_slow_server_delays_nobody_and_its_late_response_changes_no_other_visit(
    studio: VisitHarness, server: OrderServer
) -> None:
    server.responding.clear()
    to_payment(studio)
    studio.until(lambda: server.calls == ["start"])
    studio.controller.process_events()
    assert (payment(studio).phase, payment(studio).is_connected) == (PaymentPhase.REQUESTING, True)
    assert not payment(studio).simulated
    studio.controller.pay_later()
    assert studio.step is Step.POSE
    studio.controller.leave()
    to_payment(studio)
    server.responding.set()
    studio.until(lambda: server.calls.count("start") == 2)
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)


def test_after_paying_later_nothing_more_is_requested_and_a_late_response_changes_nothing(
    studio: VisitHarness, server: OrderServer
) -> None:
    server.responding.clear()
    to_payment(studio)
    studio.until(lambda: server.calls == ["start"])
    studio.controller.pay_later()
    posing = studio.controller.state
    server.responding.set()
    for _ in range(2):
        future_result(studio.controller._parts.payment._executor.submit(lambda: None))
        studio.now += 2.0
        studio.controller.process_events()
    assert server.calls == ["start"]
    assert studio.controller.state == posing


def test_while_the_server_is_unreachable_the_codes_stay_and_no_failure_is_shown(
    studio: VisitHarness, server: OrderServer
) -> None:
    with_codes(studio)
    server.problem = ServerUnreachable("upload.timeout")
    poll(studio, server)
    studio.until(lambda: not payment(studio).is_connected)
    assert payment(studio).phase is PaymentPhase.WAITING
    assert payment(studio).code("wechat")
    server.problem = None
    poll(studio, server)
    studio.until(lambda: payment(studio).is_connected)
    server.settle()
    poll(studio, server)
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)


def test_a_server_that_responds_slowly_receives_one_request_at_a_time(
    studio: VisitHarness, server: OrderServer
) -> None:
    server.responding.clear()
    to_payment(studio)
    for _ in range(3):
        studio.now += 2.0
        studio.controller.process_events()
    server.responding.set()
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)
    poll(studio, server)
    assert server.calls == ["start", "query"]


def test_closing_waits_for_no_response_and_drops_the_requests_that_were_not_sent_yet(studio: VisitHarness) -> None:
    responding = threading.Event()
    sent = studio.controller._parts.payment._executor.submit(wait_for_event, responding)
    waiting = studio.controller._parts.payment._executor.submit(lambda: None)
    studio.controller.close()
    assert (sent.done(), waiting.cancelled()) == (False, True)
    responding.set()


def test_while_the_result_is_unknown_the_screen_shows_that_it_is_checked(
    studio: VisitHarness, server: OrderServer
) -> None:
    with_codes(studio)
    server.order = server.order.model_copy(update={"checking": True})
    poll(studio, server)
    studio.until(lambda: payment(studio).phase is PaymentPhase.CHECKING)
    assert payment(studio).codes == CODES
    server.order = server.order.model_copy(update={"checking": False})
    poll(studio, server)
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)


def test_expired_codes_are_replaced(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    studio.now += 300.0
    studio.controller.touch()
    studio.until(lambda: server.calls.count("start") == 2)
    studio.until(lambda: payment(studio).seconds_left(studio.now) == 300)


def test_expired_codes_are_replaced_at_once(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    studio.now += 299.5
    studio.controller.touch()
    studio.until(lambda: server.calls[-1] == "query" and studio.controller._parts.payment._next_at > studio.now)
    studio.now += 0.5
    studio.until(lambda: server.calls.count("start") == 2)


def test_expired_codes_are_hidden_and_without_a_response_the_payment_is_unavailable() -> None:
    shown = PaymentStatus(FEE, 3000, 0.0, PaymentPhase.WAITING, CODES, 300.0)
    requested = shown.on_codes_expired(300.0)
    assert requested == PaymentStatus(FEE, 3000, 300.0)
    assert requested.on_no_answer(301.0) == replace(
        requested, phase=PaymentPhase.UNAVAILABLE, since=301.0, is_connected=False
    )


def test_a_phase_begins_with_its_first_response() -> None:
    order = OrderPayload(state="open", amount_fen=3000)
    waiting = PaymentStatus(FEE, 3000, 0.0).on_answer(order, 100.0)
    paid = waiting.on_answer(order.model_copy(update={"state": "paid"}), 120.0)
    assert (waiting.since, waiting.on_answer(order, 110.0).since, paid.since) == (100.0, 100.0, 120.0)


def test_codes_that_the_server_did_not_send_are_requested_again_after_15_seconds() -> None:
    requesting = PaymentStatus(FEE, 3000, 0.0)
    without = requesting.on_answer(OrderPayload(state="open", amount_fen=3000, codes_valid_seconds=300.0), 100.0)
    assert (without.phase, without.valid_until, without.seconds_left(100.0)) == (PaymentPhase.WAITING, 115.0, None)
    polled = without.on_answer(OrderPayload(state="open", amount_fen=3000), 110.0)
    assert polled.valid_until == 115.0


def test_codes_that_arrive_after_the_operator_took_cash_are_shown_nevertheless() -> None:
    order = OrderPayload(state="open", amount_fen=3000, codes=CODES, codes_valid_seconds=300.0, checking=True)
    status = PaymentStatus(FEE, 3000, 0.0).on_cash_entered("ab", 1.0).on_answer(order, 2.0)
    assert (status.phase, status.codes, status.valid_until) == (PaymentPhase.CHECKING, CODES, 302.0)


def test_the_server_s_amount_counts_and_not_the_roster_s(studio: VisitHarness, server: OrderServer) -> None:
    server.order = server.order.model_copy(update={"amount_fen": 2800, "simulated": True})
    with_codes(studio)
    assert (payment(studio).amount_fen, payment(studio).simulated) == (2800, True)
    assert studio.controller.state.unpaid_fen == 2800
    studio.controller.confirm_by_staff()
    studio.until(lambda: server.cash)
    assert [cash.amount_fen for cash in server.cash] == [2800]


def test_codes_without_an_end_are_never_replaced() -> None:
    order = OrderPayload(state="open", amount_fen=3000, codes=CODES)
    status = PaymentStatus(FEE, 3000, 0.0).on_answer(order, 100.0)
    assert (status.valid_until, status.seconds_left(100.0)) == (inf, None)
    assert replace(status, valid_until=99.0).seconds_left(100.0) == 0


@pytest.mark.parametrize("state", ["refunded", "expired"])
def test_an_order_that_is_closed_meanwhile_requests_no_payment(
    state: str, studio: VisitHarness, server: OrderServer
) -> None:
    with_codes(studio)
    server.order = server.order.model_copy(update={"state": state})
    poll(studio, server)
    studio.until(lambda: payment(studio).phase is PaymentPhase.UNAVAILABLE)
    assert (payment(studio).codes, studio.controller.state.unpaid_fen) == ((), 0)
    studio.now += TIMEOUTS.payment_result
    studio.until(lambda: studio.step is Step.POSE)


def test_an_order_that_was_settled_elsewhere_requests_no_payment(studio: VisitHarness, server: OrderServer) -> None:
    server.settle(state="waived")
    to_payment(studio)
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    assert studio.controller.state.unpaid_fen == 0
    assert not studio.controller.state.accepts_cash


@pytest.mark.parametrize(("code", "has_notice"), [("134567890123456789", True), ("2022S001", False)])
def test_scanning_a_payment_code_of_a_phone_shows_a_message(
    studio: VisitHarness, server: OrderServer, code: str, has_notice: bool
) -> None:
    with_codes(studio)
    studio.controller.on_code(Scan(code, "keyboard"))
    studio.controller.process_events()
    notice = studio.controller.state.notice
    assert (notice is not None and notice.key == "screen.payment.phone_code") is has_notice
    assert studio.step is Step.PAYMENT
    assert server.calls.count("cash") == 0


def test_cash_needs_the_pin_and_has_the_server_s_receipt_number(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    server.settle(receipt_no="X-0007")
    studio.controller.confirm_by_staff()
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    assert payment(studio).receipt_no == "X-0007"
    assert [cash.amount_fen for cash in server.cash] == [3000]
    studio.controller.confirm_by_staff()
    future_result(studio.controller._parts.payment._executor.submit(lambda: None))
    assert len(server.cash) == 1, "a second PIN records nothing"


def test_cash_that_does_not_settle_the_order_is_not_confirmed(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    studio.controller.confirm_by_staff()
    studio.until(lambda: studio.controller.state.notice)
    assert studio.controller.state.notice == Message("screen.payment.cash_unconfirmed")


def test_cash_without_a_response_can_be_repeated(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    server.problem = ServerUnreachable("upload.timeout")
    studio.controller.confirm_by_staff()
    studio.until(lambda: studio.controller.state.notice)
    assert studio.controller.state.notice == Message("screen.payment.cash_unconfirmed")
    assert payment(studio).phase is PaymentPhase.CHECKING
    server.problem = None
    server.settle()
    studio.controller.confirm_by_staff()
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    assert [cash.amount_fen for cash in server.cash] == [3000, 3000]


def test_a_visit_is_finished_if_the_student_leaves_after_the_portrait(
    studio: VisitHarness, server: OrderServer
) -> None:
    studio.roster.campaign_changes = {"price_fen": 3000, "payment_required": "before_review"}
    studio.to_review()
    studio.controller.accept()
    studio.until(lambda: studio.step is Step.PAYMENT)
    studio.now += TIMEOUTS.payment
    studio.controller.process_events()
    assert studio.step is Step.DONE


def test_a_face_in_front_of_the_codes_counts_as_presence_and_guidance_does_not_matter(studio: VisitHarness) -> None:
    with_codes(studio)
    assert studio.analyzer.active
    studio.now += TIMEOUTS.payment - 1
    studio.controller.on_advice(Advice("hint.closer", face=FaceBox(0.5, 0.4, 0.6, 0.2)), cast(Frame, None))
    studio.controller.on_guidance_failure(RuntimeError("guidance"))
    studio.controller.process_events()
    studio.now += TIMEOUTS.payment - 1
    studio.controller.process_events()
    assert (studio.step, studio.controller.advice) == (Step.PAYMENT, None)


def test_the_presence_question_is_shown_before_the_timeout() -> None:
    visit = VisitState(Step.PAYMENT, 0.0, payment=PaymentStatus(FEE, 3000, 0.0))
    assert visit.seconds_to_timeout(TIMEOUTS.payment - 10, TIMEOUTS) == 10
    assert visit.on_touch(TIMEOUTS.payment - 10).seconds_to_timeout(TIMEOUTS.payment - 9, TIMEOUTS) is None


def test_a_notice_is_a_touch_and_stays_until_the_phase_of_the_payment_changes() -> None:
    status, notice = PaymentStatus(FEE, 3000, 0.0, PaymentPhase.WAITING), Message("screen.payment.phone_code")
    visit = VisitState(Step.PAYMENT, 0.0, payment=status).on_payment_notice(notice, 40.0)
    assert (visit.notice, visit.touched_at) == (notice, 40.0)
    assert visit.on_payment(replace(status)) is visit, "the screen is not drawn again"
    assert visit.on_payment(replace(status, codes=CODES)) == replace(visit, payment=replace(status, codes=CODES))
    assert visit.on_payment(replace(status, phase=PaymentPhase.CHECKING)).notice is None


@pytest.mark.parametrize("step", Step)
def test_cash_for_an_open_order_is_recorded_at_its_screen_only(step: Step) -> None:
    visit = VisitState(step, 0.0, payment=PaymentStatus(FEE, 3000, 0.0))
    assert visit.accepts_cash is (step is Step.PAYMENT)


def test_before_the_identification_nothing_is_due() -> None:
    assert (VisitState().unpaid_fen, VisitState().payments) == (0, ())


def test_the_text_of_a_code_and_the_key_of_cash_are_in_no_log() -> None:
    shown = repr(PaymentStatus(FEE, 3000, 0.0, codes=CODES, cash_key="k" * 16))
    assert "pr=1" not in shown
    assert "kkkk" not in shown


# ---------------------------------------------------------------- a portrait for several enrolments


class OrdersOfTwo(OrderServer):
    """The second enrolment has a separate order with another price."""

    minor: OrderPayload = OrderPayload(state="open", amount_fen=2500)

    def _start(self, student: str) -> OrderPayload | None:
        return self._respond(f"start {student[0]}", self.minor if student[0] == "b" else self.order)

    def _query(self, student: str) -> OrderPayload | None:
        return self._respond(f"query {student[0]}", self.minor if student[0] == "b" else self.order)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[VisitHarness, OrdersOfTwo]]:
    server = OrdersOfTwo()
    studio = VisitHarness(tmp_path, orders=server.requests())
    studio.roster.campaign_changes = {"price_fen": 3000, "payment_required": "before_capture"}
    other = second_enrolment(studio)
    changes = {"price_fen": 2500, "payment_required": "before_capture"}
    studio.roster.other_enrolments = [Enrolment(other.student, other.campaign.model_copy(update=changes))]
    yield studio, server
    server.responding.set()
    studio.controller.close()
    studio.outbox.close()


def to_first_order(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.choose_all_enrolments()
    studio.controller.consent()
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)


def test_the_orders_of_all_enrolments_are_paid_one_after_the_other(two: tuple[VisitHarness, OrdersOfTwo]) -> None:
    studio, server = two
    to_first_order(studio)
    assert studio.controller.state.unpaid_fen == 5500
    server.settle()
    studio.now += 2.0
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    studio.now += TIMEOUTS.payment_result
    studio.until(lambda: payment(studio).fee.student == "b" * 32)
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)
    assert (payment(studio).amount_fen, studio.controller.state.unpaid_fen) == (2500, 2500)
    assert "start b" in server.calls
    server.minor = server.minor.model_copy(update={"state": "paid", "receipt_no": "99001-2026-000001"})
    studio.now += 2.0
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    studio.now += TIMEOUTS.payment_result
    studio.until(lambda: studio.step is Step.POSE)
    assert [line.key for line in payment_lines(studio.controller.state)] == ["receipt.paid", "receipt.paid_cash"]
    assert studio.controller.state.unpaid_fen == 0


def test_whoever_pays_one_order_later_is_still_shown_the_other(two: tuple[VisitHarness, OrdersOfTwo]) -> None:
    studio, _ = two
    to_first_order(studio)
    studio.controller.pay_later()
    assert studio.step is Step.PAYMENT
    assert payment(studio).fee.student == "b" * 32
    studio.controller.pay_later()
    assert studio.step is Step.POSE
    assert studio.controller.state.unpaid_fen == 5500
    [line] = payment_lines(studio.controller.state)
    assert line.values["amount"] == "¥55.00"


def test_an_enrolment_without_a_fee_has_no_screen(two: tuple[VisitHarness, OrdersOfTwo]) -> None:
    studio, _ = two
    [other] = studio.roster.other_enrolments
    studio.roster.other_enrolments = [
        Enrolment(other.student.model_copy(update={"order_state": "paid"}), other.campaign)
    ]
    to_first_order(studio)
    studio.controller.pay_later()
    assert studio.step is Step.POSE


def test_orders_before_and_after_the_portrait_are_shown_at_their_steps(two: tuple[VisitHarness, OrdersOfTwo]) -> None:
    studio, _ = two
    [other] = studio.roster.other_enrolments
    late = other.campaign.model_copy(update={"payment_required": "before_delivery"})
    studio.roster.other_enrolments = [Enrolment(other.student, late)]
    to_first_order(studio)
    studio.controller.pay_later()
    assert studio.step is Step.POSE
    after = replace(studio.controller.state, step=Step.REVIEW, portrait=studio.portrait()[0])
    following = after.on_accepted(studio.now)
    assert following.step is Step.PAYMENT
    assert following.payment is not None
    assert following.payment.fee.student == "b" * 32
    assert following.on_payment_finished(studio.now).step is Step.DONE


def test_a_response_about_the_previous_order_changes_nothing(two: tuple[VisitHarness, OrdersOfTwo]) -> None:
    studio, server = two
    to_first_order(studio)
    server.responding.clear()
    studio.now += 2.0
    studio.controller.process_events()
    studio.controller.pay_later()
    server.settle()
    server.responding.set()
    studio.until(lambda: "start b" in server.calls)
    studio.until(lambda: payment(studio).phase is PaymentPhase.WAITING)
    assert payment(studio).order_state == "open"


# ---------------------------------------------------------------- cash


def test_every_try_of_the_same_cash_has_the_same_key(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    server.problem = ServerUnreachable("upload.unreachable")
    studio.controller.confirm_by_staff()
    studio.until(lambda: studio.controller.state.notice is not None)
    server.problem = None
    server.settle(receipt_no="99001-2026-000001")
    studio.controller.confirm_by_staff()
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    first, second = server.cash
    assert first.key == second.key != ""
    assert studio.controller.state.notice is None


def test_cash_for_an_order_that_is_paid_already_is_given_back(studio: VisitHarness, server: OrderServer) -> None:
    with_codes(studio)
    server.settle()
    studio.controller.confirm_by_staff()
    studio.until(lambda: payment(studio).phase is PaymentPhase.PAID)
    notice = studio.controller.state.notice
    assert notice is not None
    assert notice.key == "screen.payment.cash_not_due"
