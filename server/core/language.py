"""Which language a request is answered in."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from config.i18n import LANGUAGES, Translations, translations

LANGUAGE_COOKIE: Final = "lang"
DEFAULT_LANGUAGE: Final = "zh_CN"
_DJANGO_LANGUAGES: Final = {"zh_CN": "zh-hans", "en": "en"}


def request_language(request: HttpRequest) -> str:
    """`?lang=` before the cookie before Accept-Language; where none is ours, Chinese."""
    for asked in (request.GET.get(LANGUAGE_COOKIE), request.COOKIES.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    for tag, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def request_translations(request: HttpRequest) -> Translations:
    return translations(request_language(request))


def current_language() -> str:
    """The language that the present request is answered in, for code that does not see the request."""
    return next((ours for ours, theirs in _DJANGO_LANGUAGES.items() if theirs == get_language()), DEFAULT_LANGUAGE)


def django_language(language: str) -> str:
    """The name Django has for one of our languages."""
    return _DJANGO_LANGUAGES[language]
