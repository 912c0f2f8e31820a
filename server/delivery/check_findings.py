"""Results of a delivery's check: the portraits that are not checked yet, the findings that wait for a decision."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from server.delivery.check_models import FINDING_LEVELS, Decision, Level, PortraitCheck
from server.delivery.models import Delivery, DeliveryItem
from server.delivery.packaging import items_of


def unchecked_items(delivery: Delivery) -> QuerySet[DeliveryItem]:
    """Return the items whose portrait has no result, in the order of the plan."""
    results = PortraitCheck.objects.filter(
        submission=OuterRef("submission"), portrait_sha256=OuterRef("portrait_sha256")
    )
    return items_of(delivery).exclude(Exists(results))


def results_of(delivery: Delivery) -> QuerySet[PortraitCheck]:
    """Return the results of the portraits that are still in the delivery."""
    return PortraitCheck.objects.filter(Exists(_same_items(items_of(delivery))))


def open_findings(delivery: Delivery) -> QuerySet[PortraitCheck]:
    """Return the findings that wait for a decision, the strongest first. A portrait that an earlier decision took out
    of another delivery needs a new decision."""
    waiting = results_of(delivery).filter(level__in=FINDING_LEVELS).exclude(decision=Decision.KEEP.value)
    return waiting.select_related("submission__student").order_by("-level", "-score", "pk")


def decided_findings(delivery: Delivery) -> QuerySet[PortraitCheck]:
    """Return the findings that were decided, also of portraits that a decision took out of this delivery."""
    kept = Q(decision=Decision.KEEP.value) & Q(Exists(_same_items(items_of(delivery))))
    taken_out = Q(decided_in=delivery) & ~Q(decision=Decision.KEEP.value) & ~Q(Exists(_same_items(items_of(delivery))))
    findings = PortraitCheck.objects.filter(kept | taken_out, level__in=FINDING_LEVELS)
    return findings.select_related("submission__student", "decided_by").order_by("-decided_at", "pk")


def summary_of(delivery: Delivery) -> dict[str, int]:
    """Return the counts for the hand-over: portraits in the package and checked, those whose skin could not be
    measured, findings that were kept, portraits that were taken out, and those of them with a proposed revocation."""
    results = results_of(delivery)
    unable, total = Count("pk", filter=Q(level=Level.UNABLE.value)), Count("pk")
    counted = results.order_by().aggregate(checked=total, unable=unable)
    decided = dict(decided_findings(delivery).order_by().values_list("decision").annotate(Count("pk")))
    removed = [decided.get(one.value, 0) for one in (Decision.REMOVE, Decision.REVOKE)]
    return {**counted, "kept": decided.get(Decision.KEEP.value, 0), "removed": sum(removed), "proposed": removed[1]}


def _same_items(items: QuerySet[DeliveryItem]) -> QuerySet[DeliveryItem]:
    same = items.filter(submission=OuterRef("submission"), portrait_sha256=OuterRef("portrait_sha256"))
    return same.order_by()
