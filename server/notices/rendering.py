"""The texts of a notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from config.i18n import Translations, translations
from server.core.language import localized
from server.core.working_hours import due_time, format_deadline, format_period
from server.notices.events import REQUESTED_EVENTS
from server.notices.models import Notice
from server.records.models import Campaign, Student
from server.stations.roster import progress_url


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
    values = _texts(notice.student, notice.values, words, now)
    event = f"notice.{notice.event}"
    parts = ["notice.greeting", f"{event}.body", _progress_key(notice, values), "notice.signature"]
    body = "\n\n".join(words.translate(part, **values) for part in parts if part)
    sms = "" if notice.event in REQUESTED_EVENTS else words.translate(f"{event}.sms", **values)
    return RenderedNotice(sms, words.translate(f"{event}.subject", **values), body, values)


def _progress_key(notice: Notice, values: Mapping[str, str]) -> str:
    """Return the message that leads to the progress page, by its address or by the receipt, which only students with a
    portrait have; "" without either, and for a requested notice, whose address may be wrong."""
    if notice.event in REQUESTED_EVENTS:
        return ""
    if values["link"]:
        return "notice.progress"
    return "notice.progress_by_receipt" if notice.submission_id else ""


def _texts(student: Student, raw: Mapping[str, Any], words: Translations, now: datetime) -> dict[str, str]:
    campaign = student.campaign
    labels = [_reason_label(code, words) for code in raw.get("reasons", ())]
    comment = str(raw.get("comment", "")).strip()
    until = _until(raw, words.language, now)
    return {
        "name": student.masked_name,
        "school": localized(campaign.school, "name", words.language),
        "campaign": localized(campaign, "title", words.language),
        "reason": _short_reason(labels, words),
        "reasons": "\n".join(f"- {label}" for label in (*labels, *([comment] if comment else ()))) or "-",
        "comment": comment,
        "until": until,
        "when": _when(raw, words),
        "place": _place(campaign, raw, words.language) or words.translate("notice.place_on_page"),
        "by": words.translate("notice.by", until=until) if until else words.translate("notice.soon"),
        "link": progress_url(student, settings.PUBLIC_URL) if settings.PUBLIC_URL else "",
    }


def _until(raw: Mapping[str, Any], language: str, now: datetime) -> str:
    if raw.get("until"):
        return format_deadline(datetime.fromisoformat(raw["until"]), language)
    if raw.get("working_hours"):
        return format_deadline(due_time(now, raw["working_hours"]).moment, language)
    return ""


def _when(raw: Mapping[str, Any], words: Translations) -> str:
    moments = [raw.get(name) for name in ("opens_at", "closes_at")]
    if None in moments:
        return words.translate("notice.when_on_page")
    opens_at, closes_at = (datetime.fromisoformat(str(moment)) for moment in moments)
    return format_period(opens_at, closes_at, words.language)


def _place(campaign: Campaign, raw: Mapping[str, Any], language: str) -> str:
    """Return the window's place, or the campaign's if it names none."""
    places = [str(raw.get(name) or "") for name in ("place", "place_en")]
    places = places if any(places) else [campaign.place, campaign.place_en]
    return next(filter(None, reversed(places) if language == "en" else places), "")


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
