"""The language of a response."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from config.i18n import LANGUAGES, Translations, translations

LANGUAGE_COOKIE: Final = "lang"
DEFAULT_LANGUAGE: Final = "zh_CN"
_DJANGO_LANGUAGES: Final = {"zh_CN": "zh-hans", "en": "en"}


def request_language(request: HttpRequest) -> str:
    """Return the language from `?lang=`, else from the cookie, else from Accept-Language; Chinese if none is
    supported."""
    for requested in (query_fields(request).get(LANGUAGE_COOKIE), request.COOKIES.get(LANGUAGE_COOKIE)):
        if requested in LANGUAGES:
            return requested
    for tag, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def query_fields(request: HttpRequest) -> QueryDict:
    """Return the fields of the query; none if there are too many: the page that rejects the request has a language,
    too."""
    try:
        return request.GET
    except TooManyFieldsSent:
        return QueryDict()


def request_translations(request: HttpRequest) -> Translations:
    return translations(request_language(request))


def current_language() -> str:
    """Return the language of the current request, for code that has no access to the request."""
    current = get_language()
    return next((language for language, code in _DJANGO_LANGUAGES.items() if code == current), DEFAULT_LANGUAGE)


def django_language(language: str) -> str:
    """Return Django's code for one of LANGUAGES."""
    return _DJANGO_LANGUAGES[language]


def localized(row: object, name: str, language: str) -> str:
    """Return a text that a school enters in two columns, `name` in Chinese and `name`_en in English; if the column of
    `language` is empty, return the other one."""
    own, other = (f"{name}_en", name) if language == "en" else (name, f"{name}_en")
    return str(getattr(row, own) or getattr(row, other))
