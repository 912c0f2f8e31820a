"""The list of a campaign's students: search, filters, sorting and pages, by indexes of the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from kiosk.upload.roster_payload import StudentState
from server.records.models import Student
from server.records.student_search import matches, parse_term

PER_PAGE: Final = 50
SORTABLE: Final = ("student_no", "name", "class_name", "state")
_COLUMNS: Final = ("id", "campaign", "name", "student_no", "candidate_no", "class_name", "major", "last_four", "state")


@dataclass(frozen=True)
class ListQuery:
    """Search, filters and sorting of the list. `term` is never a complete ID number, because it is in URLs and logs."""

    term: str = ""
    class_name: str = ""
    state: str = ""
    sort: str = "student_no"
    descending: bool = False
    is_complete_number: bool = False

    @classmethod
    def parse(cls, values: QueryDict) -> ListQuery:
        term, complete = parse_term(values.get("q", ""))
        sort = values.get("sort", "")
        name = sort.removeprefix("-")
        return cls(
            term,
            values.get("class", "")[:60],
            values.get("state", "") if values.get("state", "") in set(StudentState) else "",
            name if name in SORTABLE else "student_no",
            sort.startswith("-") and name in SORTABLE,
            complete,
        )

    def url(self, campaign: str, **changes: object) -> str:
        """Return the address of the same list with some values changed."""
        sort = f"-{self.sort}" if self.descending else self.sort
        values = {"q": self.term, "class": self.class_name, "state": self.state, "sort": sort} | changes
        return "?" + urlencode({"campaign": campaign, **{name: value for name, value in values.items() if value}})

    def sort_url(self, campaign: str, column: str) -> str:
        """Return the address of the list sorted by this column; by the current one, in the other direction."""
        other_way = column == self.sort and not self.descending
        return self.url(campaign, sort=f"-{column}" if other_way else column)


def find_students(of_campaign: QuerySet[Student], query: ListQuery) -> QuerySet[Student]:
    """Return the students of the list in its order, reading only the columns that the page shows."""
    found = of_campaign.filter(matches(query.term)) if query.term else of_campaign
    if query.class_name:
        found = found.filter(class_name=query.class_name)
    if query.state:
        found = found.filter(state=query.state)
    sign = "-" if query.descending else ""
    order = dict.fromkeys((query.sort, "student_no", "id") if query.sort != "name" else ("name", "id"))
    return found.order_by(*(sign + column for column in order)).only(*_COLUMNS)


def page_of(students: QuerySet[Student], number: str | None) -> Page[Student]:
    return Paginator(students, PER_PAGE).get_page(number)
