"""The statement for the school: portraits and money of each class, in a fixed number of queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from config.i18n import translations
from config.money import format_yuan
from kiosk.upload.roster_payload import StudentState
from server.day.tables import Cell, Column, Money, Table
from server.payments.models import OrderState, PaymentState
from server.payments.refund_models import Refund, RefundState
from server.payments.statement import school_statement
from server.records.campaign_options import Payer
from server.records.models import Campaign


@dataclass(frozen=True)
class ClassLine:
    """The portraits and the money of one class, in fen. `school_fen` is what the school owes for its portraits."""

    name: str
    students: int
    portraits: int
    paid: int
    paid_fen: int
    refunded_fen: int
    waived: int
    school_fen: int


@dataclass(frozen=True)
class Statement:
    campaign: Campaign
    lines: tuple[ClassLine, ...]
    made_at: datetime


def statement_of(campaign: Campaign, now: datetime) -> Statement:
    students = campaign.students.order_by().values("class_name")
    classes = students.annotate(
        students=Count("pk"), portraits=Count("pk", filter=Q(state=StudentState.CAPTURED.value))
    )
    is_kept = {"order__payments__state": PaymentState.PAID.value, "order__payments__over": False}
    paid = students.filter(**is_kept).annotate(paid=Count("order"), fen=Sum("order__payments__received_fen"))
    waived = students.filter(order__state=OrderState.WAIVED.value).annotate(waived=Count("order"))
    refunds = Refund.objects.filter(
        state=RefundState.DONE.value, payment__over=False, payment__order__student__campaign=campaign
    )
    refunded = refunds.order_by().values_list("payment__order__student__class_name").annotate(Sum("amount_fen"))
    paid_by = {row["class_name"]: (row["paid"], row["fen"]) for row in paid}
    waived_by = {row["class_name"]: row["waived"] for row in waived}
    refunded_by = Counter(dict(refunded))
    billed = school_statement(campaign).lines if campaign.payer == Payer.SCHOOL.value else ()
    school_fen = {line.class_name: line.amount_fen for line in billed}
    lines = [
        ClassLine(
            name=row["class_name"],
            students=row["students"],
            portraits=row["portraits"],
            paid=paid_by.get(row["class_name"], (0, 0))[0],
            paid_fen=paid_by.get(row["class_name"], (0, 0))[1],
            refunded_fen=refunded_by[row["class_name"]],
            waived=waived_by.get(row["class_name"], 0),
            school_fen=school_fen.get(row["class_name"], 0),
        )
        for row in classes.order_by("class_name")
    ]
    return Statement(campaign, tuple(lines), now)


def statement_table(statement: Statement, language: str) -> Table:
    tr = translations(language)
    columns = (
        Column("roster.column_class_name", 2.4),
        Column("payment_office.students", number=True),
        Column("payment_office.portraits", number=True),
        Column("payment_office.paid_count", number=True),
        Column("payment_office.paid_sum", 1.3, number=True),
        Column("payment_office.refunded_sum", 1.3, number=True),
        Column("payment_office.waived_count", number=True),
        Column("payment_office.school_sum", 1.4, number=True),
    )
    rows = [_row(line.name or tr.translate("day.no_class"), [line]) for line in statement.lines]
    campaign = statement.campaign
    note = tr.translate(f"payment_office.note.{campaign.payer}", price=format_yuan(campaign.price_fen))
    return Table(
        "payment_office.statement", columns, rows, total=_row(tr.translate("day.total"), statement.lines), note=note
    )


def _row(name: str, lines: tuple[ClassLine, ...] | list[ClassLine]) -> tuple[Cell, ...]:
    def fen(field: str) -> Money:
        return Money(sum(getattr(line, field) for line in lines))

    def count(field: str) -> int:
        return sum(getattr(line, field) for line in lines)

    counts = (count("students"), count("portraits"), count("paid"))
    return (name, *counts, fen("paid_fen"), fen("refunded_fen"), count("waived"), fen("school_fen"))
