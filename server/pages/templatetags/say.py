"""{% say "key" name=value %}: the sentence for a key in the language of the request."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from config.words import LANGUAGES, Words, words
from server.pages.language import DEFAULT, language_of

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: Context, key: str, **values: Any) -> str:
    """The sentence for `key`; escaped like every other value."""
    return _words(context).say(key, **values)


@register.simple_tag(takes_context=True)
def page_language(context: Context) -> str:
    """The page's language as HTML names it."""
    return _words(context).language.replace("_", "-")


@register.simple_tag(takes_context=True)
def other_language(context: Context) -> dict[str, str]:
    """The language that the switch leads to: its code, its own name and the address of this page in it."""
    other = next(language for language in LANGUAGES if language != _words(context).language)
    request = context["request"]
    query = request.GET.copy()
    query["lang"] = other
    return {"code": other.replace("_", "-"), "name": words(other).say("pages.language"), "url": f"?{query.urlencode()}"}


def _words(context: Context) -> Words:
    request = context.get("request")
    return words(language_of(request) if request is not None else DEFAULT)
