"""Authorizations that a session has begun and not finished, and their parameter `state`.

`state` is a random number and its keyed hash. The session stores the number with the page to return to, so that no
address of this server that contains a secret is sent to WeChat. Each `state` is valid once, in the browser that began.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from server.core.api_errors import ApiError

VALID_S: Final = 600
"""WeChat's code itself is valid for five minutes."""
_SESSION_KEY: Final = "wechat_pending"
_MAX_PENDING: Final = 5
_NUMBER_LENGTH: Final = 32
_HASH_LENGTH: Final = 64  # together 96 of the 128 characters [0-9a-zA-Z] that WeChat allows


@dataclass(frozen=True)
class Pending:
    """`next_path` is the page that continues after WeChat; `back_path` shows the reason for a failure."""

    next_path: str
    back_path: str


def begin(request: HttpRequest, pending: Pending) -> str:
    """Store the pages in the session and return `state`."""
    number = secrets.token_hex(_NUMBER_LENGTH // 2)
    latest = list(_stored(request).items())[-(_MAX_PENDING - 1) :]
    entry = {"next": pending.next_path, "back": pending.back_path, "until": time.time() + VALID_S}
    request.session[_SESSION_KEY] = {**dict(latest), number: entry}
    return number + _hash(number)


def finish(request: HttpRequest, state: str) -> Pending:
    """Return what `begin` stored, once. Raises ApiError wechat_state for a state that is not of this session, or
    has expired."""
    number, signature = state[:_NUMBER_LENGTH], state[_NUMBER_LENGTH:]
    if len(signature) != _HASH_LENGTH or not constant_time_compare(signature, _hash(number)):
        raise ApiError("refused.wechat_state")
    stored = _stored(request)
    entry = stored.pop(number, None)
    if entry is None:
        raise ApiError("refused.wechat_state")
    request.session[_SESSION_KEY] = stored
    if entry["until"] < time.time():
        raise ApiError("refused.wechat_state")
    return Pending(entry["next"], entry["back"])


def _stored(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get(_SESSION_KEY, {}))


def _hash(number: str) -> str:
    return salted_hmac("state of a WeChat authorization", number, algorithm="sha256").hexdigest()
