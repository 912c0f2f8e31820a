"""Authenticate the sender of a large body by the headers alone, before the body is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.http.cookie import parse_cookie

from server.accounts.consent import session_has_consented
from server.accounts.session import PERSON_KEY
from server.core.api_errors import ApiError
from server.core.body_limits import Sender
from server.core.storage_errors import storage_api_error
from server.http.rejection import HttpRejection
from server.stations.pairing import find_station

_SESSION_KEYS: Final = {Sender.SIGNED_IN: SESSION_KEY, Sender.PERSON: PERSON_KEY}
log = logging.getLogger(__name__)


def check_sender(sender: Sender, path: str, headers: Mapping[str, str]) -> HttpRejection | None:
    """Return the rejection of this sender's body; None if the body may be read. `headers` are named as in waitress
    (COOKIE, AUTHORIZATION).

    The check only reads the database, because it runs in waitress's I/O thread: readers do not wait for a writer.
    """
    try:
        _require_sender(sender, headers)
        return None
    except ApiError as api_error:
        return HttpRejection(api_error, path)
    except (DatabaseError, OSError) as error:
        log.error("the sender of a large body could not be looked up: %s", error)
        return HttpRejection(storage_api_error(error) or ApiError("refused.storage"), path)
    finally:
        connection.close_if_unusable_or_obsolete()


def _require_sender(sender: Sender, headers: Mapping[str, str]) -> None:
    if sender is Sender.STATION:
        kind, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        find_station(token.strip() if kind.lower() == "bearer" else "")
    elif sender in _SESSION_KEYS and not _has_session(headers.get("COOKIE", ""), _SESSION_KEYS[sender]):
        raise ApiError("refused.signed_out")
    elif sender is Sender.CONSENTED and not session_has_consented(_session(headers.get("COOKIE", ""))):
        raise ApiError("refused.no_consent")


def _has_session(cookie: str, entry: str) -> bool:
    return entry in _session(cookie)


def _session(cookie: str) -> SessionStore:
    """Return the session of the cookie; without one, an empty session that is not stored."""
    return SessionStore(session_key=parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME) or None)
