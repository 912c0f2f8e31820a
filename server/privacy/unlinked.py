"""Accounts that have no enrolment and no request for one: the person was never found in a roster, or did not continue.
They are kept until the retention of the campaigns that they consented to is over."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from server.accounts.consent import source_of
from server.accounts.models import Account
from server.audit.append_only import emptying_allowed
from server.audit.models import Action, Event
from server.audit.record import record
from server.core.locks import one_process_at_a_time
from server.privacy.erasure import BATCH_SIZE, delete_sessions, empty_event_addresses
from server.privacy.models import ErasureReport
from server.privacy.needles import Needles, collect_accounts
from server.privacy.verification import problems_after
from server.records.models import Campaign
from server.records.people_models import Consent, Person

KEPT: Final = timedelta(days=365)
"""Time from the last sign-in to the erasure, if there is no consent to a campaign or the sign-in was after the
retention of each of them."""
_SIGN_INS: Final = (Action.PERSON_SIGNED_IN, Action.SIGN_IN)


def unlinked_accounts(now: datetime) -> list[str]:
    """Return the ids of the persons whose account is to be erased."""
    accounts = Account.objects.filter(person__links=None, person__link_requests=None)
    created = dict(accounts.order_by("pk").values_list("pk", "created_at"))
    ends = {source_of(campaign): campaign.retention_end() for campaign in Campaign.objects.all()} if created else {}
    persons, expired = list(created), list[str]()
    for start in range(0, len(persons), BATCH_SIZE):
        batch = persons[start : start + BATCH_SIZE]
        retention, used = _retention_ends(batch, ends), _last_sign_ins(batch)
        last_used = {one: max(created[one], used.get(one, created[one])) for one in batch}
        expired += [one for one in batch if _kept_until(retention[one], last_used[one]) < now]
    return expired


def erase_unlinked(now: datetime) -> list[ErasureReport]:
    """Erase the accounts of `unlinked_accounts` with their persons and consents, verify it, and store one report, if
    there are any."""
    persons = unlinked_accounts(now)
    if not persons:
        return []
    report = ErasureReport.objects.create(campaign=None, started_at=now)
    counts, needles, erased = Counter[str](), Needles(), set[str]()
    with one_process_at_a_time("erasure"):
        for start in range(0, len(persons), BATCH_SIZE):
            erased |= _erase_batch(persons[start : start + BATCH_SIZE], needles, counts)
        counts["sessions"] += delete_sessions(erased) if erased else 0
        problems = problems_after(needles)
    report.counts, report.problems, report.finished_at = dict(+counts), problems, now
    report.save()
    record(Action.STUDENTS_ERASED, "accounts", accounts=len(erased), problems=len(problems))
    return [report]


def _erase_batch(persons: Sequence[str], needles: Needles, counts: Counter[str]) -> set[str]:
    """Erase and return the persons, except those who have got an enrolment or filed a request in the meantime."""
    with transaction.atomic(), emptying_allowed():
        free = Person.objects.select_for_update(of=("self",)).filter(links=None, link_requests=None)
        erased = {person.pk for person in free.filter(pk__in=persons)}
        collect_accounts(needles, Account.objects.filter(person__in=erased))
        empty_event_addresses([f"person {one}" for one in erased])
        counts["accounts"] += len(erased)
        Person.objects.filter(pk__in=erased).delete()
    return erased


def _kept_until(ends: Sequence[datetime], last_used: datetime) -> datetime:
    end = max(ends, default=None)
    return end if end is not None and last_used <= end else last_used + KEPT


def _retention_ends(persons: Sequence[str], ends: dict[str, datetime]) -> dict[str, list[datetime]]:
    by_person = defaultdict[str, list[datetime]](list)
    for person, source in Consent.objects.filter(person__in=persons).values_list("person", "source"):
        if person is not None and source in ends:
            by_person[person].append(ends[source])
    return by_person


def _last_sign_ins(persons: Sequence[str]) -> dict[str, datetime]:
    subjects = {f"person {one}": one for one in persons}
    events = Event.objects.filter(action__in=_SIGN_INS, subject__in=subjects).order_by()
    return {subjects[subject]: last for subject, last in events.values_list("subject").annotate(Max("at"))}
