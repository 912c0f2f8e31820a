"""The list of a campaign's students with their orders: search, filter and pages, in a bounded number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import QueryDict

from server.payments.models import Order, OrderState, Payment
from server.records.models import Campaign, Student
from server.records.student_search import matches, parse_term

PER_PAGE: Final = 50
NONE: Final = "none"
"""No order yet: nobody has opened its page or started to pay."""
_COLUMNS: Final = (
    "id", "campaign", "name", "student_no", "candidate_no", "class_name", "last_four", "state",
    "order__id", "order__state", "order__amount_fen", "order__paid_at", "order__invoice_state",
)  # fmt: skip


@dataclass(frozen=True)
class OrderQuery:
    """`term` is never a complete ID number, which would appear in addresses and logs."""

    term: str = ""
    state: str = ""
    is_complete_number: bool = False

    @classmethod
    def parse(cls, values: QueryDict) -> OrderQuery:
        term, complete = parse_term(values.get("q", ""))
        state = values.get("state", "")
        return cls(term, state if state in {*OrderState.values, NONE, "invoice"} else "", complete)

    def url(self, campaign: str, **changes: object) -> str:
        values = {"q": self.term, "state": self.state} | changes
        return "?" + urlencode({"campaign": campaign, **{name: value for name, value in values.items() if value}})


def find(campaign: Campaign, query: OrderQuery) -> QuerySet[Student]:
    students = campaign.students.select_related("order")
    if query.term:
        students = students.filter(matches(query.term) | Q(pk__in=_by_payment(campaign, query.term)))
    if query.state == NONE:
        students = students.filter(order=None)
    elif query.state == "invoice":
        students = students.filter(order__invoice_state="requested")
    elif query.state:
        students = students.filter(order__state=query.state)
    return students.order_by("student_no", "id").only(*_COLUMNS)


def _by_payment(campaign: Campaign, term: str) -> QuerySet[Any]:
    """Return the students with this number of a payment, a transaction or a receipt."""
    numbers = Q(number=term) | Q(transaction_id=term) | Q(receipt_number=term)
    payments = Payment.objects.filter(numbers, order__student__campaign=campaign)
    return payments.values("order__student")


def page_of(students: QuerySet[Student], number: str | None) -> Page[Student]:
    return Paginator(students, PER_PAGE).get_page(number)


def totals(campaign: Campaign) -> list[tuple[str, int, int]]:
    """Return state, number and amount in fen of the orders of each state, in one query."""
    rows = Order.objects.filter(student__campaign=campaign).order_by().values_list("state")
    by_state = {state: (count, fen) for state, count, fen in rows.annotate(Count("pk"), Sum("amount_fen"))}
    return [(state, *by_state.get(state, (0, 0))) for state in OrderState.values]
