"""The statement for a school that pays: the portraits of each class."""

from __future__ import annotations

from server.payments.models import Order
from server.payments.statement import ClassLine, school_statement
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.payments.conftest import PRICE_FEN, order_of, paying_campaign
from tests.server.submissions.reviewing import submission_of


def test_portraits_count_by_class_at_the_price_of_their_order(db: None) -> None:
    campaign = paying_campaign(payer="school")
    students = [make_student(campaign, serial, class_name="一班" if serial < 4 else "二班") for serial in range(1, 7)]
    states = [State.RECEIVED, State.CONFIRMED, State.REJECTED, State.REVOKED, State.PUBLISHED]
    for number, (student, state) in enumerate(zip(students, states, strict=False)):
        order_of(student)
        submission_of(student, state, id=f"{number}" * 32)
    Order.objects.filter(student=students[1]).update(amount_fen=1500)
    statement = school_statement(campaign)
    assert statement.lines == (ClassLine("一班", 3, 2, PRICE_FEN + 1500), ClassLine("二班", 3, 1, PRICE_FEN))
    assert (statement.students, statement.portraits, statement.amount_fen) == (6, 3, 2 * PRICE_FEN + 1500)


def test_what_a_student_paid_is_not_billed_again(db: None) -> None:
    student = make_student(paying_campaign(payer="school"))
    order_of(student)
    submission_of(student, State.CONFIRMED)
    Order.objects.update(state="paid")
    assert school_statement(student.campaign).amount_fen == 0
