"""Codes by SMS: six digits for one phone, valid for some minutes and few tries, in the browser that requested them."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from server.accounts.messages import send_text
from server.accounts.phones import phone_hash
from server.core.api_errors import ApiError
from server.core.language import request_language
from server.core.throttle import Throttle, address_tries, throttle_address
from server.notices.contacts import ENCRYPTION_KEY
from server.records.identifiers import new_id
from server.secrets.encryption import decrypt, encrypt

_CODE_KEY: Final = "account_code"
_DAY_MINUTES: Final = 24 * 60
DIGITS: Final = 6


class Purpose(StrEnum):
    """The purpose of a code."""

    SIGN_IN = "sign_in"
    REGISTER = "register"
    PASSWORD = "password"
    PHONE = "phone"


@dataclass(frozen=True)
class SentCode:
    """The code of this browser, without its digits. `values` are those of the form that requested it."""

    id: str
    phone: str
    purpose: Purpose
    values: dict[str, Any]
    digits_hmac: str
    sent_at: float


def needs_puzzle(phone: str) -> bool:
    """Whether this phone got a code today: then the next one needs a puzzle (server.accounts.puzzle)."""
    limit = settings.APP.throttle.sms_per_day
    return _day(limit).remaining(phone_hash(phone)) < limit


def send_code(request: HttpRequest, phone: str, purpose: Purpose, **values: Any) -> None:
    """Send a new code; the earlier code of this browser ends. Phones with and without an account are treated alike.

    Raises ApiError: sms_too_soon, sms_too_many, sms_address, sms_unavailable, sms_failed.
    """
    _count(request, phone_hash(phone))
    identifier, digits = new_id(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    request.session[_CODE_KEY] = {
        "id": identifier,
        "secret": encrypt(ENCRYPTION_KEY, json.dumps([phone, values])),
        "purpose": purpose.value,
        "digits": _digits_hmac(identifier, digits),
        "at": time.time(),
    }
    minutes = str(settings.APP.throttle.sms_code_minutes)
    send_text("sign_in_code", phone, request_language(request), code=digits, minutes=minutes)


def sent_code(request: HttpRequest) -> SentCode | None:
    """Return the code that was sent for this browser; None if there is none or it has expired."""
    stored = request.session.get(_CODE_KEY)
    if not isinstance(stored, dict):
        return None
    if not 0 <= time.time() - stored["at"] <= settings.APP.throttle.sms_code_minutes * 60:
        return None
    phone, values = json.loads(decrypt(ENCRYPTION_KEY, stored["secret"]))
    return SentCode(stored["id"], phone, Purpose(stored["purpose"]), values, stored["digits"], stored["at"])


def check_code(request: HttpRequest, typed: str) -> SentCode:
    """Count a try and return the code if the digits are right; it is then used up.

    Raises ApiError: sms_code_over (no code, an expired one, or too many tries), sms_code_wrong.
    """
    code, limits = sent_code(request), settings.APP.throttle
    if code is None:
        raise ApiError("refused.sms_code_over")
    tries = Throttle("sms_code", limits.sms_code_tries, 2 * limits.sms_code_minutes)
    if not tries.allow(code.id):
        raise ApiError("refused.sms_code_over")
    if not constant_time_compare(_digits_hmac(code.id, typed), code.digits_hmac):
        raise ApiError("refused.sms_code_wrong" if tries.remaining(code.id) else "refused.sms_code_over")
    forget_code(request)
    tries.succeeded(code.id)
    return code


def forget_code(request: HttpRequest) -> None:
    request.session.pop(_CODE_KEY, None)


def _count(request: HttpRequest, phone: str) -> None:
    limits = settings.APP.throttle
    address = Throttle("sms_address", address_tries(request, limits.sms_per_hour_per_address), 60)
    if not address.allow(throttle_address(request)):
        raise ApiError("refused.sms_address")
    if not Throttle("sms_minute", 1, 1).allow(phone):
        raise ApiError("refused.sms_too_soon")
    if not _day(limits.sms_per_day).allow(phone):
        raise ApiError("refused.sms_too_many")


def _day(tries: int) -> Throttle:
    return Throttle("sms_day", tries, _DAY_MINUTES)


def _digits_hmac(identifier: str, digits: str) -> str:
    return salted_hmac(f"sms code {identifier}", digits, algorithm="sha256").hexdigest()
