"""The orders of a person's other enrolments that have the same portrait: each enrolment pays in its own campaign."""

from __future__ import annotations

from datetime import datetime

from server.payments.models import Order
from server.payments.orders import order_for
from server.records.campaign_options import Payer
from server.records.models import Student
from server.submissions.models import Submission


def orders_of_same_portrait(student: Student, now: datetime) -> list[Order]:
    """Return the other orders of the same person, by campaign; only of campaigns in which the student pays."""
    shots = Submission.objects.filter(student=student, portrait_sha256__isnull=False).values("shot_sha256")
    sharing = Submission.objects.filter(shot_sha256__in=shots, student__id_number_hmac=student.id_number_hmac)
    others = Student.objects.filter(pk__in=sharing.values("student"), campaign__payer=Payer.STUDENT.value)
    found = others.exclude(pk=student.pk).select_related("campaign__school").order_by("campaign", "pk")
    return [order for order in (order_for(other, now) for other in found) if order is not None]
