"""Access to the page: only requests with its token that come from the page itself are accepted.

The server listens on 127.0.0.1, which every program and every user of this computer can reach, and so can every web
page that is open in a browser on it. The token in the path keeps the other users and pages out. The check of `Host`
prevents DNS rebinding (a foreign name that resolves to 127.0.0.1), the check of `Origin` and `Sec-Fetch-Site`
cross-site requests (OWASP CSRF Prevention Cheat Sheet, "Verifying Origin With Standard Headers").

The browser is started with an address on its command line, which other users can read (proc(5), /proc/pid/cmdline).
That address therefore contains a key which opens the page once; the token is only sent in the response.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

HOST: Final = "127.0.0.1"
_TOKEN_BYTES: Final = 32
_OPENING: Final = "open"
_ALLOWED_FETCH_SITES: Final = ("", "same-origin", "none")  # "none": typed into the address bar, or a bookmark


@dataclass
class Access:
    """The token of a run and the key of the first opening."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES), repr=False)
    _key: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def address(self) -> str:
        """The address of the page, to be shown to this user only."""
        return f"{self.origin}/{self.token}/"

    @property
    def opening_address(self) -> str:
        """An address that leads to the page once."""
        return f"{self.origin}/{_OPENING}/{self._key}"

    def refuse(self, method: str, headers: Mapping[str, str]) -> HTTPStatus | None:
        """Return the status that refuses a request from another origin; None if the request is allowed."""
        if headers.get("Host", "") != f"{HOST}:{self.port}":
            return HTTPStatus.MISDIRECTED_REQUEST
        origin = headers.get("Origin")
        if origin not in (None, self.origin) or (method != "GET" and origin is None):
            return HTTPStatus.FORBIDDEN
        if method != "GET" and headers.get("Sec-Fetch-Site", "") not in _ALLOWED_FETCH_SITES:
            return HTTPStatus.FORBIDDEN
        return None

    def path_below_token(self, path: str) -> str | None:
        """Return the rest of the path after the token; None if there is another token or none."""
        first, slash, rest = path.removeprefix("/").partition("/")
        return rest if slash and hmac.compare_digest(first.encode(), self.token.encode()) else None

    def use_key(self, path: str) -> bool:
        """Return whether the path contains the key of the first opening, and invalidate the key if it does."""
        first, _, key = path.removeprefix("/").partition("/")
        with self._lock:
            if first != _OPENING or not self._key or not hmac.compare_digest(key.encode(), self._key.encode()):
                return False
            self._key = ""
            return True
