"""Runs of the erasure: of a campaign after its retention, of single students on request, and again after a restore."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from config.errors import Problem
from server.accounts.models import LinkRequest
from server.audit.models import Action
from server.audit.record import record
from server.core.locks import one_process_at_a_time
from server.privacy.candidates import Candidates, candidates
from server.privacy.doomed_files import delete_doomed_files, remove_packages
from server.privacy.erased_list import add_to_list, listed_students
from server.privacy.erasure import BATCH_SIZE, delete_sessions, empty_receipts, erase_rows
from server.privacy.models import ErasureReport
from server.privacy.needles import Needles, collect
from server.privacy.requests import students_to_erase
from server.privacy.unlinked import erase_unlinked
from server.privacy.verification import problems_after
from server.records.models import Campaign, Student

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CampaignPlan:
    """The students of one campaign that a run would erase, and those who are blocked."""

    campaign: Campaign
    since: datetime
    found: Candidates


def over_campaigns(now: datetime) -> list[Campaign]:
    """Return the campaigns whose retention is over and that still have students who are not erased."""
    closed = Campaign.objects.filter(closes_at__lt=now, students__erased_at__isnull=True).filter(students__isnull=False)
    rows = closed.distinct().select_related("school").order_by("closes_at", "pk")
    return [campaign for campaign in rows if campaign.retention_end() < now]


def plan_campaign(campaign: Campaign, *, also_undelivered: bool = False) -> CampaignPlan:
    found = candidates(not_erased(campaign), also_undelivered=also_undelivered)
    return CampaignPlan(campaign, campaign.retention_end(), found)


def not_erased(campaign: Campaign) -> QuerySet[Student, str]:
    return Student.objects.filter(campaign=campaign, erased_at=None).values_list("pk", flat=True)


def erase_nightly(now: datetime) -> None:
    """The periodic job: run `erase_expired` at the time of [privacy]."""
    own = settings.APP.privacy
    if own.erase_from <= timezone.localtime(now).time() < own.erase_until:
        erase_expired(now)


def erase_expired(now: datetime) -> list[ErasureReport]:
    """Erase every campaign whose retention is over, the students whose request for erasure was granted, accounts that
    never got an enrolment, and the texts on receipts that need not be kept any longer."""
    requested = students_to_erase(now)
    reports = erase_students(requested, now) if requested else []
    reports += [erase_campaign(plan_campaign(campaign), now) for campaign in over_campaigns(now)]
    reports += erase_unlinked(now)
    before = now - timedelta(days=365.25 * settings.APP.privacy.receipt_years)
    old = Student.objects.filter(campaign__closes_at__lt=before, erased_at__isnull=False)
    old_ids = list(old.exclude(order=None).values_list("pk", flat=True))
    for start in range(0, len(old_ids), BATCH_SIZE):
        empty_receipts(old_ids[start : start + BATCH_SIZE])
    return reports


def erase_campaign(plan: CampaignPlan, now: datetime, *, user: Any = None) -> ErasureReport:
    """Erase the students who can be erased, verify it, and store the report. If nothing has changed since the last
    report, only its time is updated."""
    blocked = {blocker: list(ids) for blocker, ids in plan.found.blocked.items()}
    last = ErasureReport.objects.filter(campaign=plan.campaign, since=plan.since).first()
    if not plan.found.free and last is not None and last.blocked == blocked and not last.problems:
        ErasureReport.objects.filter(pk=last.pk).update(finished_at=now)
        last.finished_at = now
        return last
    return _erase(plan.campaign, plan.found.free, now, since=plan.since, blocked=blocked, user=user)


def erase_students(students: Sequence[Student], now: datetime, *, user: Any = None) -> list[ErasureReport]:
    """Erase single students of any campaigns on their request; those who cannot be erased yet are in the report.

    Students whom a copy of the list of erased students lacks, because it cannot be written, are erased in a later run:
    a backup would bring them back."""
    reports = []
    for campaign in sorted({student.campaign for student in students}, key=lambda one: one.pk):
        found = candidates(one.pk for one in students if one.campaign_id == campaign.pk)
        blocked = {blocker: list(ids) for blocker, ids in found.blocked.items()}
        try:
            add_to_list(found.free)  # first: if the list cannot be written, nobody on it is erased
        except OSError as error:
            log.error("%s", Problem("privacy.list_not_written", file=error.filename, why=error.strerror))
            continue
        reports.append(_erase(campaign, found.free, now, since=None, blocked=blocked, user=user))
    return reports


def erase_again(now: datetime) -> list[ErasureReport]:
    """Erase again the students that a restored backup contains: those on the list of students who were erased on
    request, and the campaigns whose retention is over. The command that restores a backup calls it before the server
    may start.

    Students on the list are erased without checking for blockers: this was done before they were added to the list.
    """
    restored: dict[str, list[str]] = {}
    listed = Student.objects.filter(pk__in=listed_students(), erased_at=None)
    for student, campaign in listed.values_list("pk", "campaign"):
        restored.setdefault(campaign, []).append(student)
    reports = [
        _erase(Campaign.objects.get(pk=campaign), students, now, since=None, blocked={}, user=None)
        for campaign, students in sorted(restored.items())
    ]
    return [*reports, *erase_expired(now)]


def _erase(
    campaign: Campaign,
    students: Iterable[str],
    now: datetime,
    *,
    since: datetime | None,
    blocked: dict[str, list[str]],
    user: Any,
) -> ErasureReport:
    ids, counts, needles = list(students), Counter[str](), Needles()
    report = ErasureReport.objects.create(campaign=campaign, started_at=now, since=since, blocked=blocked)
    with one_process_at_a_time("erasure"):
        for start in range(0, len(ids), BATCH_SIZE):
            batch = ids[start : start + BATCH_SIZE]
            collect(needles, batch)
            counts += erase_rows(batch, now)
            counts += delete_doomed_files()
        if since is not None:
            counts["link_requests"] += LinkRequest.objects.filter(campaign=campaign).delete()[0]
        counts["packages"] += remove_packages()
        counts += delete_doomed_files()  # files of a run that was killed
        counts["sessions"] += delete_sessions(needles.students) if ids else 0
        problems = problems_after(needles)
    report.counts, report.problems, report.finished_at = dict(+counts), problems, now
    report.save()
    if problems:
        log.error("erasure of campaign %s: %s places still name somebody; see /privacy/", campaign.pk, len(problems))
    record(
        Action.STUDENTS_ERASED,
        f"campaign {campaign.pk}",
        user=user,
        students=counts["students"],
        blocked=sum(map(len, blocked.values())),
        problems=len(problems),
    )
    return report
