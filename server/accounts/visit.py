"""The steps of a visitor to an account or to a further enrolment, stored in the session of their browser.

Phone, card and capture code are encrypted there. The visit expires VISIT_MINUTES after its last step.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest

from server.accounts.session import VISIT_KEY, signed_in_person
from server.notices.contacts import ENCRYPTION_KEY
from server.records.models import Campaign
from server.records.people_models import Person
from server.records.scope import find_campaign
from server.secrets.encryption import decrypt, encrypt

VISIT_MINUTES: Final = 60


@dataclass(frozen=True)
class CardFields:
    """Number and name as read or as the person confirmed them. `is_read`: the number was read from the picture."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    is_read: bool = False


class Visit:
    """The visitor's steps in the session of a request; every change is written to the session."""

    def __init__(self, request: HttpRequest) -> None:
        self._session = request.session
        stored = self._session.get(VISIT_KEY)
        self._values: dict[str, Any] = stored if isinstance(stored, dict) else {}
        if not 0 <= time.time() - self._values.get("at", 0.0) <= VISIT_MINUTES * 60:
            self._values = {}
            self._session.pop(VISIT_KEY, None)

    @property
    def campaign(self) -> Campaign | None:
        return find_campaign(self._text("campaign"))

    @property
    def person(self) -> Person | None:
        """The person who consented and has no account yet."""
        return Person.objects.filter(pk=self._text("person"), account=None).first() if self._text("person") else None

    @property
    def mode(self) -> str:
        return self._text("mode")

    @property
    def phone(self) -> str:
        """The phone that the visitor has proved, E.164; "" if none."""
        return self._secret("phone") or ""

    @property
    def card(self) -> CardFields | None:
        fields = self._secret("card")
        return CardFields(*fields) if isinstance(fields, list) and len(fields) == 3 else None

    @property
    def capture_code(self) -> str:
        return self._secret("capture_code") or ""

    @property
    def proved_student(self) -> str:
        """The id of the enrolment whose capture code and last four characters the visitor has entered."""
        return self._text("proved_student")

    @property
    def next(self) -> str:
        return self._text("next")

    def set(self, **values: Any) -> None:
        self._values.update(values, at=time.time())
        self._session[VISIT_KEY] = self._values

    def set_phone(self, phone: str) -> None:
        self._seal("phone", phone)

    def set_card(self, card: CardFields | None) -> None:
        self._seal("card", [card.number, card.name, card.is_read] if card else None)

    def set_capture_code(self, payload: str) -> None:
        self.set(proved_student="")
        self._seal("capture_code", payload)

    def end(self) -> str:
        """Delete the visit; return the page that the visitor requested before, or ""."""
        target = self.next
        self._session.pop(VISIT_KEY, None)
        self._values = {}
        return target

    def _text(self, name: str) -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def _seal(self, name: str, value: Any) -> None:
        self.set(**{name: encrypt(ENCRYPTION_KEY, json.dumps(value))})

    def _secret(self, name: str) -> Any:
        return json.loads(decrypt(ENCRYPTION_KEY, self._text(name))) if self._text(name) else None


def current_person(request: HttpRequest) -> Person | None:
    """Return the signed-in person, or else the visitor who has consented and has no account yet."""
    return signed_in_person(request) or Visit(request).person
