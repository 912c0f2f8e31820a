"""{% tr "key" name=value %}: the message of a key in the language of the request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.dateformat import format as formatted

from config.i18n import LANGUAGES, Message, Translations, translations
from server.core import language as languages
from server.core.language import DEFAULT_LANGUAGE, query_fields, request_language
from server.core.working_hours import calendar_warning

register = template.Library()


@register.simple_tag(takes_context=True)
def tr(context: Context, key: str, **values: Any) -> str:
    """Translate `key`; the result is escaped like every other value."""
    return translations_of(context).translate(key, **values)


@register.simple_tag(takes_context=True)
def message(context: Context, of: Message) -> str:
    """Translate a Message."""
    return translations_of(context).translate(of.key, **of.values)


@register.simple_tag(takes_context=True)
def localized(context: Context, row: object, name: str) -> str:
    """Return a school's own text, such as `title` of a campaign, in the language of the request if there is one."""
    return languages.localized(row, name, translations_of(context).language) if row else ""


@register.simple_tag(takes_context=True)
def tr_of(context: Context, prefix: str, name: Any) -> str:
    """Translate the message `prefix` + `name`; return a name without a message, such as a school's own background."""
    catalogue = translations_of(context)
    return catalogue.translate(f"{prefix}{name}") if catalogue.has(f"{prefix}{name}") else str(name)


@register.filter
def local_time(value: datetime | None, format_string: str) -> str:
    """Format like Django's `date`. A time without a date in this time zone (years 1 and 9999, which a station of an
    earlier version could store) is shown in its own zone."""
    if not isinstance(value, datetime):
        return ""
    try:
        return str(formatted(timezone.localtime(value), format_string))
    except (OverflowError, ValueError):
        return value.isoformat(sep=" ", timespec="seconds")


@register.simple_tag(takes_context=True)
def holidays_warning(context: Context) -> str:
    """Return the warning for staff that the known public holidays end; "" if the end is far away."""
    problem = calendar_warning(timezone.now())
    return problem.in_language(translations_of(context).language) if problem else ""


@register.simple_tag(takes_context=True)
def page_language(context: Context) -> str:
    """Return the page's language code for HTML."""
    return translations_of(context).language.replace("_", "-")


@register.simple_tag(takes_context=True)
def other_language(context: Context) -> dict[str, str]:
    """Return the target of the language switch: its code, its own name, and this page's address in that language."""
    other = next(language for language in LANGUAGES if language != translations_of(context).language)
    request = context["request"]
    query = query_fields(request).copy()
    query["lang"] = other
    return {
        "code": other.replace("_", "-"),
        "name": translations(other).translate("pages.language"),
        "url": f"?{query.urlencode()}",
    }


def translations_of(context: Context) -> Translations:
    """Return the translations for the request; without one, those of the default language."""
    request = context.get("request")
    return translations(request_language(request) if request is not None else DEFAULT_LANGUAGE)
