"""Failures between station and server, as problems that the worker distinguishes."""

from __future__ import annotations

from typing import Final

from config.errors import Problem
from config.i18n import FALLBACK
from kiosk.upload.envelope import Rejection

_OUTAGE_KEYS: Final = frozenset(
    {
        "upload.unreachable",
        "upload.untrusted",
        "upload.not_tls",
        "upload.busy",
        "upload.captive_portal",
        "upload.redirected",
        "upload.bad_address",
        "upload.unknown_host",
        "upload.proxy_login",
        "upload.proxy_down",
        "upload.proxy_unusable",
        "upload.server_outdated",
    }
)


class UploadProblem(Problem):
    """The server did not accept an upload."""


class ServerUnreachable(UploadProblem):
    """This attempt failed, and a later one may succeed. Keys: `upload.<reason>`."""

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server requested."""
        value = self.values.get("retry_after")
        return float(value) if isinstance(value, int | float) else None

    @property
    def is_outage(self) -> bool:
        """Whether the next submission would fail too, because the connection is the cause and not this submission."""
        return self.key in _OUTAGE_KEYS


class Unauthorized(UploadProblem):
    """The server does not recognise this station's token, or has revoked it."""


class ServerRejected(UploadProblem):
    """A rejection with the server's own message."""

    def __init__(self, key: str, rejection: Rejection) -> None:
        super().__init__(key, refused=rejection)
        self.rejection = rejection

    def in_language(self, language: str = FALLBACK) -> str:
        return self.rejection.zh_CN if language == "zh_CN" else self.rejection.en

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key, self.rejection)


class SubmissionRejected(ServerRejected):
    """A person has to look at this submission; sending it again unchanged will not help."""


class PairingRejected(ServerRejected):
    """The one-time code was rejected."""
