"""The two consents of a remote student, one row each, before the first byte of a picture is read.

A text never changes: a new text gets a new version and its own message, and the old message stays, so that the hash of
a stored consent can be checked. A consent is given to one school for one campaign.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from config.i18n import translations
from server.accounts.session import PERSON_KEY, VISIT_KEY
from server.accounts.visit import Visit, current_person
from server.core.language import localized
from server.records.help_line import help_line_of
from server.records.models import Campaign
from server.records.people_models import Consent, Person
from server.records.scope import find_campaign

VERSIONS: Final = ("privacy_1", "portrait_1")
"""The message of a text is `consent.<version>`."""
CONSENT_PATH: Final = "/account/consent"

View = Callable[..., HttpResponseBase]


def consent_text(version: str, campaign: Campaign, language: str) -> str:
    """Return the text as it is shown: it names the school, and how to reach its office."""
    help_line = help_line_of(campaign, language)
    words = translations(language)
    return words.translate(
        f"consent.{version}",
        school=localized(campaign.school, "name", language),
        contact=help_line.line if help_line else words.translate("consent.office"),
        days=campaign.retention_days,
    )


def source_of(campaign: Campaign) -> str:
    return f"account page, campaign {campaign.pk}"


def give_consent(person: Person, campaign: Campaign, language: str, now: datetime) -> None:
    """Store both consents with the hash of the text that was shown; a consent that holds already is kept."""
    with transaction.atomic():
        for version in VERSIONS:
            text = consent_text(version, campaign, language)
            Consent.objects.get_or_create(
                person=person,
                text_version=version,
                source=source_of(campaign),
                withdrawn_at=None,
                defaults={"text_sha256": hashlib.sha256(text.encode()).hexdigest(), "given_at": now},
            )


def has_consented(person: Person | None, campaign: Campaign | None) -> bool:
    """Whether both consents hold."""
    if person is None or campaign is None:
        return False
    held = Consent.objects.filter(person=person, source=source_of(campaign), withdrawn_at=None)
    return set(VERSIONS) <= set(held.values_list("text_version", flat=True))


def consent_required(view: View) -> View:
    """Redirect to the consent unless both hold. Apply it outside of every decorator that reads the request's body."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not has_consented(current_person(request), Visit(request).campaign):
            return redirect(CONSENT_PATH)
        return view(request, *args, **kwargs)

    return guarded


def session_has_consented(session: SessionBase) -> bool:
    """Whether both consents of the session's person hold for its campaign; for checks before a large body is read."""
    sign_in, visit = session.get(PERSON_KEY), session.get(VISIT_KEY)
    visit = visit if isinstance(visit, dict) else {}
    identifier = sign_in.get("id") if isinstance(sign_in, dict) else visit.get("person")
    person = Person.objects.filter(pk=identifier).first() if isinstance(identifier, str) else None
    return has_consented(person, find_campaign(str(visit.get("campaign", ""))))
