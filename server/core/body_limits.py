"""Size limits of request bodies by path, and who may send a large body.

The embedded server checks them when the headers of a request are complete (server/http/limits.py); nginx has the same
limits (config/deploy/server/nginx.conf; a test compares them). Bodies up to `SMALL_BODY_BYTES` are read from everybody,
and the view decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

SMALL_BODY_BYTES: Final = 64 * 1024
MAX_PIECE_BYTES: Final = 2 * 1024 * 1024
"""The largest piece of a file that a station sends in one request."""
MAX_CARD_BYTES: Final = 40_000_000
"""Two pictures of an identity card; 50 megapixels have 10 to 20 MB."""
_MAX_ROSTER_BYTES: Final = 20_000_000
_FORM_OVERHEAD_BYTES: Final = SMALL_BODY_BYTES
"""The bytes that a form adds to its file: boundaries, names, the other fields."""


class Sender(Enum):
    """Who may send more than `SMALL_BODY_BYTES` to a path."""

    NOBODY = "nobody"
    STATION = "station"  # a valid station token
    SIGNED_IN = "signed in"  # the session cookie of a signed-in user
    PERSON = "person"  # the session cookie of a signed-in remote student
    CONSENTED = "consented"  # the session cookie of a student, perhaps without account, who consented to a campaign


@dataclass(frozen=True)
class BodyLimit:
    """The limit for paths that begin with `prefix`: `max_bytes`, and more than `SMALL_BODY_BYTES` only from
    `sender`."""

    prefix: str
    max_bytes: int = SMALL_BODY_BYTES
    sender: Sender = Sender.NOBODY


STATION_API: Final = "/api/station/"


def body_limit_table(submission_bytes: int, photo_bytes: int) -> tuple[BodyLimit, ...]:
    """Return the table; the first entry whose prefix matches applies. `submission_bytes` is [intake]
    max_request_bytes, `photo_bytes` [remote] max_photo_bytes."""
    return (
        BodyLimit("/api/station/v1/files/", MAX_PIECE_BYTES + _FORM_OVERHEAD_BYTES, Sender.STATION),
        BodyLimit("/api/station/v1/submissions", submission_bytes, Sender.STATION),
        BodyLimit("/remote/", photo_bytes + _FORM_OVERHEAD_BYTES, Sender.PERSON),
        BodyLimit("/account/card", MAX_CARD_BYTES + _FORM_OVERHEAD_BYTES, Sender.CONSENTED),
        BodyLimit("/account/capture-code", MAX_CARD_BYTES + _FORM_OVERHEAD_BYTES, Sender.CONSENTED),
        BodyLimit("/retouch/", MAX_PIECE_BYTES + _FORM_OVERHEAD_BYTES, Sender.SIGNED_IN),
        BodyLimit("/clerk/roster/", _MAX_ROSTER_BYTES + _FORM_OVERHEAD_BYTES, Sender.SIGNED_IN),
        BodyLimit("/roster/", _MAX_ROSTER_BYTES + _FORM_OVERHEAD_BYTES, Sender.SIGNED_IN),
        BodyLimit("/"),
    )


def find_body_limit(path: str, limits: tuple[BodyLimit, ...]) -> BodyLimit:
    return next((limit for limit in limits if path.startswith(limit.prefix)), BodyLimit("/"))
