"""A proof of work in the browser before a further code by SMS (altcha): it takes a phone one second, and costs an
attacker who sends codes to strangers one second for each code. No other site is involved.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from altcha import v1 as altcha
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

MAX_NUMBER: Final = 50_000
"""Hashes at most; a phone makes some 50,000 a second (SHA-256 of 40 bytes)."""
VALID_MINUTES: Final = 10
_SESSION_KEY: Final = "account_puzzle"


def new_puzzle(request: HttpRequest) -> str:
    """Return a puzzle as JSON for the page's script; it is valid once, in this browser."""
    challenge = altcha.create_challenge(
        altcha.ChallengeOptions(
            max_number=MAX_NUMBER, hmac_key=_key(), expires=timezone.now() + timedelta(minutes=VALID_MINUTES)
        )
    )
    request.session[_SESSION_KEY] = challenge.salt
    return json.dumps({**challenge.to_dict(), "maxnumber": MAX_NUMBER})


def is_solved(request: HttpRequest, solution: str) -> bool:
    """Whether `solution` (the page's JSON) solves the puzzle of this browser, which is then used up."""
    salt = request.session.pop(_SESSION_KEY, "")
    try:
        values = json.loads(solution)
        right, _ = altcha.verify_solution(values, _key())
        return bool(salt) and bool(right) and values["salt"] == salt
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def _key() -> str:
    return str(settings.KEY_STORE.current("puzzle"))
