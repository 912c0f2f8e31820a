"""The texts of a notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from config.i18n import Translations, translations
from server.core.language import localized
from server.core.working_hours import due_time, format_deadline
from server.notices.models import Notice
from server.stations.roster import progress_url
from server.submissions.models import Submission


@dataclass(frozen=True)
class RenderedNotice:
    """`values` are those for a template of the SMS provider, all of them text."""

    sms: str
    subject: str
    body: str
    values: Mapping[str, str]


def encode_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as JSON: times as ISO 8601 text, sequences as lists."""
    return {name: _encode(value) for name, value in values.items() if value is not None}


def render(notice: Notice, language: str, now: datetime) -> RenderedNotice:
    """Return the texts in one language. They contain neither a full name nor an ID number.

    A deadline given as `working_hours` begins `now`, which is when the notice is sent.
    """
    words = translations(language)
    values = _texts(notice.submission, notice.values, words, now)
    event = f"notice.{notice.event}"
    body = "\n\n".join(
        (
            words.translate("notice.greeting", **values),
            words.translate(f"{event}.body", **values),
            words.translate("notice.progress" if values["link"] else "notice.progress_by_receipt", **values),
            words.translate("notice.signature", **values),
        )
    )
    return RenderedNotice(
        words.translate(f"{event}.sms", **values), words.translate(f"{event}.subject", **values), body, values
    )


def _texts(submission: Submission, given: Mapping[str, Any], words: Translations, now: datetime) -> dict[str, str]:
    student, campaign = submission.student, submission.student.campaign
    labels = [_reason_label(code, words) for code in given.get("reasons", ())]
    comment = str(given.get("comment", "")).strip()
    until = _until(given, words.language, now)
    return {
        "name": student.masked_name,
        "school": localized(campaign.school, "name", words.language),
        "campaign": localized(campaign, "title", words.language),
        "reason": _short_reason(labels, words),
        "reasons": "\n".join(f"- {label}" for label in (*labels, *([comment] if comment else ()))) or "-",
        "comment": comment,
        "until": until,
        "by": words.translate("notice.by", until=until) if until else words.translate("notice.soon"),
        "link": progress_url(student, settings.PUBLIC_URL) if settings.PUBLIC_URL else "",
    }


def _until(given: Mapping[str, Any], language: str, now: datetime) -> str:
    if given.get("until"):
        return format_deadline(datetime.fromisoformat(given["until"]), language)
    if given.get("working_hours"):
        return format_deadline(due_time(now, given["working_hours"]).moment, language)
    return ""


def _short_reason(labels: list[str], words: Translations) -> str:
    if not labels:
        return words.translate("reject.other")
    if len(labels) == 1:
        return labels[0]
    return words.translate("notice.reason_and_more", reason=labels[0], more=len(labels) - 1)


def _reason_label(code: str, words: Translations) -> str:
    key = f"reject.{code}"
    return words.translate(key if words.has(key) else "reject.other")


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | set | frozenset) else value
