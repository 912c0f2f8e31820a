"""The settings of the server: config/server.toml holds every default, a file of the school's own changes some."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator

from config.problem import Problem

DEFAULTS: Final = Path(__file__).parent / "server.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerPart(_Strict):
    data: str
    public_url: str = Field(pattern=r"^(https?://[^/\s]+)?$")
    time_zone: str
    threads: PositiveInt


class PairingPart(_Strict):
    code_minutes: PositiveInt


class IntakePart(_Strict):
    request_bytes: PositiveInt
    shot_pixels: PositiveInt


class ThrottlePart(_Strict):
    minutes: PositiveInt
    pairing_tries: PositiveInt
    signin_tries: PositiveInt
    unlock_tries: PositiveInt


class SessionPart(_Strict):
    hours: PositiveInt
    unlock_minutes: PositiveInt


class ReviewPart(_Strict):
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


class ServerSettings(_Strict):
    """What config/server.toml holds, section by section; see the comments there."""

    server: ServerPart
    pairing: PairingPart
    intake: IntakePart
    throttle: ThrottlePart
    session: SessionPart
    review: ReviewPart


def server_settings(path: Path | None = None) -> ServerSettings:
    """The defaults, changed by the file at `path`. Raises Problem naming the file and the key that is wrong."""
    merged = _sections(DEFAULTS)
    for section, keys in (_sections(path) if path else {}).items():
        merged[section] = {**merged.get(section, {}), **keys} if isinstance(keys, dict) else keys
    try:
        return ServerSettings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        name = (path or DEFAULTS).name
        raise Problem("problem.settings.wrong", file=name, key=key, why=first["msg"]) from error


def _sections(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=str(error)) from error
