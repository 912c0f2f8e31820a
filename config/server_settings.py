"""The settings of the server: config/server.toml holds every default, a file of the school's own changes some."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, PositiveInt, field_validator

from config.settings_file import Strict, read_settings

DEFAULTS: Final = Path(__file__).parent / "server.toml"


class ServerPart(Strict):
    data: str
    keys: str
    standards_folder: str
    public_url: str = Field(pattern=r"^(https?://[^/\s]+)?$")
    time_zone: str
    threads: PositiveInt
    trusted_proxy: str
    max_connections: PositiveInt
    max_connections_per_address: PositiveInt


class PairingPart(Strict):
    code_minutes: PositiveInt


class IntakePart(Strict):
    request_bytes: PositiveInt
    shot_pixels: PositiveInt


class ThrottlePart(Strict):
    minutes: PositiveInt
    pairing_tries: PositiveInt
    signin_tries: PositiveInt
    signin_tries_per_address: PositiveInt
    unlock_tries: PositiveInt


class SessionPart(Strict):
    hours: PositiveInt
    unlock_minutes: PositiveInt


class ReviewPart(Strict):
    """`reasons`: the codes of rejection by group, in the order in which the reviewer sees them."""

    reasons: dict[str, tuple[str, ...]]

    @field_validator("reasons")
    @classmethod
    def _once(cls, reasons: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        codes = [code for group in reasons.values() for code in group]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice or not codes:
            raise ValueError(f"every reason stands once, and there is at least one (twice: {', '.join(twice) or '-'})")
        return reasons

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for group in self.reasons.values() for code in group)


class ServerSettings(Strict):
    """What config/server.toml holds, section by section; see the comments there."""

    server: ServerPart
    pairing: PairingPart
    intake: IntakePart
    throttle: ThrottlePart
    session: SessionPart
    review: ReviewPart


def server_settings(path: Path | None = None) -> ServerSettings:
    """The defaults, changed by the file at `path`. Raises Problem naming the file and the key that is wrong."""
    return read_settings(ServerSettings, DEFAULTS, path)
