"""What can go wrong between station and server, as problems that the worker tells apart."""

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
    """The server did not take an upload."""


class ServerUnreachable(UploadProblem):
    """Nothing came of it this time, and trying again later may help. Keys: `upload.<reason>`."""

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asked us to wait."""
        value = self.values.get("retry_after")
        return float(value) if isinstance(value, int | float) else None

    @property
    def is_outage(self) -> bool:
        """Whether the next submission would meet the same: the line is down, not this one submission at fault."""
        return self.key in _OUTAGE_KEYS


class Unauthorized(UploadProblem):
    """The server does not know this station's token, or no longer."""


class ServerRejected(UploadProblem):
    """The server's own sentence, in its own words."""

    def __init__(self, key: str, rejection: Rejection) -> None:
        super().__init__(key, refused=rejection)
        self.rejection = rejection

    def in_language(self, language: str = FALLBACK) -> str:
        return self.rejection.zh_CN if language == "zh_CN" else self.rejection.en

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key, self.rejection)


class SubmissionRejected(ServerRejected):
    """A person has to look at this submission; sending it again as it is will not help."""


class PairingRejected(ServerRejected):
    """The one-time code was not taken."""
