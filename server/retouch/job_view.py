"""The fields of a job that the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse

from config.i18n import Translations, values_from_json
from kiosk.capture.retouch.messages import finding_text
from server.retouch.models import Kind, RetouchJob, Status

WORKER_EXPECTED: Final = timedelta(seconds=30)
"""A queued job that waits longer may have no worker."""


@dataclass(frozen=True)
class JobView:
    """A job for the page. `sentence` describes its state; `findings` and `rules` are the reasons of a refusal, or what
    the final reviewer should look at. Addresses are empty where there is no such picture."""

    id: str
    kind: str
    status: str
    is_finished: bool
    is_usable: bool
    sentence: str
    findings: list[tuple[str, str]]
    rules: list[str]
    state_url: str
    result_url: str
    difference_url: str


def job_view(job: RetouchJob, tr: Translations, now: datetime) -> JobView:
    checked = job.is_finished and job.kind != Kind.PREPARE.value and bool(job.result_sha256)
    return JobView(
        id=job.pk,
        kind=job.kind,
        status=job.status,
        is_finished=job.is_finished,
        is_usable=job.is_usable,
        sentence=_sentence(job, tr, now),
        findings=[
            (finding["outcome"], finding_text(finding["kind"], finding["place"], finding["outcome"], tr))
            for finding in job.findings()
        ],
        rules=[_rule_name(rule, tr) for rule in job.report.get("failed_rules", [])],
        state_url=reverse("retouch:job", args=[job.submission_id, job.pk]),
        result_url=_picture(job, "result.jpg") if checked else "",
        difference_url=_picture(job, "difference.png") if checked and job.findings() else "",
    )


def _sentence(job: RetouchJob, tr: Translations, now: datetime) -> str:
    if job.status == Status.QUEUED.value:
        late = now - job.created_at > WORKER_EXPECTED
        return tr.translate("retouch_page.waiting_long" if late else "retouch_page.waiting")
    if job.status == Status.RUNNING.value:
        return tr.translate(f"retouch_page.stage_{job.stage or 'starting'}")
    if job.status == Status.DONE.value:
        return tr.translate("retouch_page.done_with_questions" if job.findings() else f"retouch_page.done_{job.kind}")
    return _problem_sentence(job.problem, job.problem_values, tr)


def _problem_sentence(key: str, values: dict[str, Any], tr: Translations) -> str:
    if not tr.has(key):  # a message that an update has renamed
        return tr.translate("retouch_page.job_failed")
    return tr.translate(key, **values_from_json(values))


def _rule_name(rule: str, tr: Translations) -> str:
    key = f"rule.{rule}"
    return tr.translate(key) if tr.has(key) else rule


def _picture(job: RetouchJob, part: str) -> str:
    return reverse("retouch:job_picture", args=[job.submission_id, job.pk, part])
