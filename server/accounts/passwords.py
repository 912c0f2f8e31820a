"""Passwords of accounts, with Django's hashers; every check computes one hash, whether there is an account or not."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from config.id_number import normalize_number
from server.accounts.models import Account
from server.core.throttle import Throttle, address_tries, throttle_address
from server.records.id_number_protection import keyed_hash

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
_LETTER: Final = re.compile(r"[A-Za-z]")
_DIGIT: Final = re.compile(r"[0-9]")


def password_error(password: str, again: str) -> str:
    """Return the message id of the error in a new password, or ""."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return "account.password_length"
    if not (_LETTER.search(password) and _DIGIT.search(password)):
        return "account.password_letters"
    return "" if password == again else "account.password_differs"


def check(request: HttpRequest, number: str, password: str) -> Account | None:
    """Return the account of this number if the password is right. Raises PausedError after too many tries.

    The queries and the hash are the same for a number without account, one without password, and a wrong password.
    """
    limits, key = settings.APP.throttle, keyed_hash(normalize_number(number))
    address = throttle_address(request)
    by_address = Throttle("person_address", address_tries(request, limits.person_tries_per_hour_per_address), 60)
    by_name = Throttle("person_password", limits.person_tries)
    if not (by_address.allow(address) and by_name.allow(f"{key}@{address}")):
        raise PausedError
    account = Account.objects.select_related("person").filter(id_number_hmac=key).first()
    stored = account.password if account is not None and account.password else _placeholder_hash()
    if not check_password(password[: MAX_LENGTH + 1], stored) or account is None or not account.password:
        return None
    by_name.succeeded(f"{key}@{address}")
    by_address.give_back(address)
    return account


class PausedError(Exception):
    """Too many tries for this number or from this address; the count starts again after [throttle] window_minutes."""


def _placeholder_hash() -> str:
    """Return a hash to check where there is no password; no password of an account has it."""
    return _placeholder_hash_by(tuple(settings.PASSWORD_HASHERS))


@cache
def _placeholder_hash_by(hashers: tuple[str, ...]) -> str:
    """Compute the hash once for each setting of the hashers."""
    return make_password(None if not hashers else "\0 nobody")
