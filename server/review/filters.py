"""A reviewer's choice on the page of the queue; the grid and the single view keep it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from server.records.models import Student
from server.records.student_search import matches, parse_term
from server.submissions.models import IdentityCheck
from server.submissions.queue_order import is_overdue
from server.submissions.states import State

FIRST, FINAL = "first", "final"
REVIEW_STAGES: Final = (FIRST, FINAL)
OTHER_STAGES: Final = (State.RETOUCHING.value, State.REJECTED.value, State.REVOKED.value)
"""States whose lists are only shown: nobody decides on these submissions on the review pages."""
STAGES: Final = (*REVIEW_STAGES, *OTHER_STAGES)
OUTCOMES: Final = ("fail", "unsure", "pass")
PRIORITY, OLDEST, NEWEST = "priority", "oldest", "newest"
SORTS: Final = (PRIORITY, OLDEST, NEWEST)
BY_PHONE: Final = "phone"
"""The value of `station` for photos that remote students sent with a phone."""
_ID_LENGTH: Final = 32


@dataclass(frozen=True)
class QueueFilter:
    """`outcome` is the worst verdict. `class_name` counts only with a campaign. `term` is never a complete ID number:
    that would appear in addresses and logs."""

    campaign: str = ""
    stage: str = FIRST
    class_name: str = ""
    station: str = ""
    outcome: str = ""
    identity: str = ""
    overdue: bool = False
    term: str = ""
    sort: str = PRIORITY
    is_complete_number: bool = False

    @classmethod
    def parse(cls, values: QueryDict) -> QueueFilter:
        term, complete = parse_term(values.get("q", ""))
        return cls(
            campaign=_text(values.get("campaign"), _ID_LENGTH),
            stage=_one_of(values.get("stage"), STAGES, FIRST),
            class_name=_text(values.get("class"), 60),
            station=_text(values.get("station"), _ID_LENGTH),
            outcome=_one_of(values.get("outcome"), OUTCOMES, ""),
            identity=_one_of(values.get("identity"), tuple(IdentityCheck.values), ""),
            overdue=values.get("overdue") == "1",
            term=term,
            sort=_one_of(values.get("sort"), SORTS, PRIORITY),
            is_complete_number=complete,
        )

    @property
    def is_review(self) -> bool:
        return self.stage in REVIEW_STAGES

    @property
    def by_priority(self) -> bool:
        """Whether the list is in the order of the queue; only submissions that wait for a review have it."""
        return self.is_review and self.sort == PRIORITY

    @property
    def newest_first(self) -> bool:
        return self.sort == NEWEST or (not self.is_review and self.sort == PRIORITY)

    @property
    def is_narrow(self) -> bool:
        """Whether anything is chosen besides campaign and stage."""
        return replace(self, campaign="", stage=FIRST, sort=PRIORITY, is_complete_number=False) != QueueFilter()

    def students(self) -> Q:
        """Return the condition of campaign, station, class and search."""
        condition = Q()
        if self.campaign:
            condition &= Q(campaign=self.campaign)
        if self.station:
            condition &= Q(station=None) if self.station == BY_PHONE else Q(station=self.station)
        if self.campaign and self.class_name:
            of_class = Student.objects.filter(campaign=self.campaign, class_name=self.class_name)
            condition &= Q(student__in=of_class.values("pk"))
        if self.term:
            students = Student.objects.filter(campaign=self.campaign) if self.campaign else Student.objects.all()
            condition &= Q(student__in=students.filter(matches(self.term)).values("pk"))
        return condition

    def results(self, now: datetime) -> Q:
        """Return the condition of verdict, identity and due time."""
        condition = Q()
        if self.outcome:
            condition &= Q(worst_outcome=self.outcome)
        if self.identity:
            condition &= Q(identity_check=self.identity)
        if self.overdue:
            condition &= is_overdue(now)
        return condition

    def condition(self, now: datetime) -> Q:
        return self.students() & self.results(now)

    def query(self, **changes: Any) -> str:
        """Return the query string of the same choice with some values changed; "" for the default."""
        values = {
            "campaign": self.campaign,
            "stage": "" if self.stage == FIRST else self.stage,
            "class": self.class_name,
            "station": self.station,
            "outcome": self.outcome,
            "identity": self.identity,
            "overdue": "1" if self.overdue else "",
            "q": self.term,
            "sort": "" if self.sort == PRIORITY else self.sort,
            **changes,
        }
        not_empty = {name: value for name, value in values.items() if value}
        return f"?{urlencode(not_empty)}" if not_empty else ""


def _text(value: str | None, length: int) -> str:
    """Return the beginning of a text, without NUL, which PostgreSQL does not store."""
    return (value or "").replace("\x00", "")[:length]


def _one_of(value: str | None, known: tuple[str, ...], default: str) -> str:
    return value if value is not None and value in known else default
