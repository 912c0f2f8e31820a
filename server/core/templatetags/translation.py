"""{% tr "key" name=value %}: the sentence for a key in the language of the request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.dateformat import format as formatted

from config.i18n import LANGUAGES, Translations, translations
from server.core.language import DEFAULT_LANGUAGE, request_language

register = template.Library()


@register.simple_tag(takes_context=True)
def tr(context: Context, key: str, **values: Any) -> str:
    """The sentence for `key`; escaped like every other value."""
    return _translations_of(context).translate(key, **values)


@register.filter
def local_time(value: datetime | None, format_string: str) -> str:
    """As Django's `date`, but shows a time that has no date in this time zone (of the years 1 and 9999, which a station
    of an earlier version could store) as it is."""
    if not isinstance(value, datetime):
        return ""
    try:
        return str(formatted(timezone.localtime(value), format_string))
    except (OverflowError, ValueError):
        return value.isoformat(sep=" ", timespec="seconds")


@register.simple_tag(takes_context=True)
def page_language(context: Context) -> str:
    """The page's language as HTML names it."""
    return _translations_of(context).language.replace("_", "-")


@register.simple_tag(takes_context=True)
def other_language(context: Context) -> dict[str, str]:
    """The language that the switch leads to: its code, its own name and the address of this page in it."""
    other = next(language for language in LANGUAGES if language != _translations_of(context).language)
    request = context["request"]
    query = request.GET.copy()
    query["lang"] = other
    return {
        "code": other.replace("_", "-"),
        "name": translations(other).translate("pages.language"),
        "url": f"?{query.urlencode()}",
    }


def _translations_of(context: Context) -> Translations:
    request = context.get("request")
    return translations(request_language(request) if request is not None else DEFAULT_LANGUAGE)
