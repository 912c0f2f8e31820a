"""The statement for a school that pays for its students: portraits and amounts by class."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Sum

from server.payments.models import Order, OrderState
from server.records.models import Campaign, Student
from server.records.student_conditions import has_portrait


@dataclass(frozen=True)
class ClassLine:
    """One class: its students, and those of them with a portrait that the school pays for."""

    class_name: str
    students: int
    portraits: int
    amount_fen: int


@dataclass(frozen=True)
class Statement:
    lines: tuple[ClassLine, ...]

    @property
    def students(self) -> int:
        return sum(line.students for line in self.lines)

    @property
    def portraits(self) -> int:
        return sum(line.portraits for line in self.lines)

    @property
    def amount_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def school_statement(campaign: Campaign) -> Statement:
    """Return the statement as of now. A portrait counts from its submission until it is rejected, withdrawn or revoked;
    the price is that of the order. Orders that a student has paid are left out."""
    portraits = Student.objects.filter(has_portrait(), campaign=campaign).exclude(submissions__state="revoked")
    billed = Order.objects.filter(student__in=portraits.values("pk"), state=OrderState.WAIVED.value)
    classes = campaign.students.values_list("class_name").annotate(count=Count("pk")).order_by("class_name")
    amounts = {
        name: (count, fen)
        for name, count, fen in billed.values_list("student__class_name")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"))
        .order_by()
    }
    return Statement(tuple(ClassLine(name, count, *amounts.get(name, (0, 0))) for name, count in classes))
