"""Settings of the server: config/settings/server.toml has every default, a school's file overrides some."""

from __future__ import annotations

import json
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import NonNegativeFloat, PositiveFloat, field_validator, model_validator

from config.public_address import parse_public_address
from config.settings.limits import IntakeSettings, RemoteSettings, SessionSettings, ThrottleSettings
from config.settings.loader import StrictModel, read_settings
from config.settings.notices import NoticesSettings
from config.settings.payments import PaymentsSettings
from config.settings.values import Count, CountOrZero, Days, DaysOrZero, Hours, TimeOfDay, Years
from config.settings.wechat import WeChatSettings

DEFAULTS: Final = Path(__file__).parent / "server.toml"


class GeneralSettings(StrictModel):
    data: str
    keys: str
    standards_folder: str
    public_url: str
    time_zone: str
    threads: Count
    workers: CountOrZero
    trusted_proxy: str
    hsts_days: DaysOrZero
    max_connections: Count
    max_connections_per_address: Count

    @field_validator("public_url")
    @classmethod
    def _normalize_url(cls, text: str) -> str:
        return parse_public_address(text).url if text.strip() else ""

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone such as Asia/Shanghai") from error
        return name

    @field_validator("trusted_proxy")
    @classmethod
    def _check_proxy(cls, text: str) -> str:
        try:
            return str(ip_address(text.strip())) if text.strip() else ""
        except ValueError as error:
            raise ValueError("it must be the IP address of the proxy, such as 127.0.0.1") from error

    @model_validator(mode="after")
    def _check_proxy_needs_url(self) -> GeneralSettings:
        if self.trusted_proxy and not self.public_url:
            raise ValueError("trusted_proxy also needs public_url: the address that people open at the proxy")
        return self

    @model_validator(mode="after")
    def _check_workers_need_proxy(self) -> GeneralSettings:
        if self.workers and not self.trusted_proxy:
            raise ValueError("workers also needs trusted_proxy: gunicorn does not limit slow clients, a proxy has to")
        return self


class DatabaseSettings(StrictModel):
    """Which database; see the comments in server.toml."""

    url: str
    password_file: str

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("url begins with postgresql://, or is empty for SQLite")
        return url


class PairingSettings(StrictModel):
    code_valid_minutes: Count


class ReviewSettings(StrictModel):
    """`reasons`: the rejection codes by group, in the order of the review page."""

    undo_seconds: CountOrZero
    appeal_due_hours: Hours
    claim_minutes: Count
    due_hours: Hours
    grid_portraits: Count
    grid_seen_seconds: NonNegativeFloat
    second_looks: CountOrZero
    reasons: dict[str, tuple[str, ...]]

    @field_validator("reasons")
    @classmethod
    def _check_unique_codes(cls, reasons: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        codes = [code for group in reasons.values() for code in group]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice or not codes:
            raise ValueError(f"give each reason once, and at least one (twice: {', '.join(twice) or '-'})")
        return reasons

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for group in self.reasons.values() for code in group)


class DaySettings(StrictModel):
    """When the page of the capture day marks a station."""

    refresh_seconds: Count
    silent_minutes: Count
    queue_minutes: Count
    disk_warning_gb: PositiveFloat
    disk_critical_gb: PositiveFloat
    clock_seconds: Count
    battery_percent: CountOrZero


class CalendarSettings(StrictModel):
    """Office hours, and the school's own holidays and working days, which override the national calendar."""

    opens: TimeOfDay
    closes: TimeOfDay
    saturdays: bool
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]

    @model_validator(mode="after")
    def _check(self) -> CalendarSettings:
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        both = sorted(set(self.holidays) & set(self.workdays))
        if both:
            raise ValueError(f"{both[0]} is in holidays and in workdays")
        return self


class DeliverySettings(StrictModel):
    """Packages for schools and the student's own file; `own_sizes` are width and height in pixels."""

    part_portraits: Count
    package_days: Days
    own_link_days: Days
    own_mails_per_day: Count
    own_sizes: dict[str, tuple[Count, Count]]
    print_sheets: str = ""
    station_sheets: bool = False


class BackupSettings(StrictModel):
    """Backups and the check of stored pictures."""

    folder: str
    keep_daily: Count
    keep_weekly: CountOrZero
    recovery_key: str
    warn_days: Days
    scrub_from: TimeOfDay
    scrub_until: TimeOfDay
    scrub_seconds: Count
    scrub_days: Days

    @model_validator(mode="after")
    def _check(self) -> BackupSettings:
        if self.scrub_from >= self.scrub_until:
            raise ValueError("scrub_from must be earlier than scrub_until, on the same day")
        if self.recovery_key and not self.recovery_key.startswith("age1"):
            raise ValueError("recovery_key is the public key, which begins with age1; keep the secret one elsewhere")
        return self


class PrivacySettings(StrictModel):
    """Erasure at the end of the retention, and requests of data subjects."""

    erase_from: TimeOfDay
    erase_until: TimeOfDay
    receipt_years: Years
    answer_workdays: Days
    erased_list: str

    @model_validator(mode="after")
    def _check(self) -> PrivacySettings:
        if self.erase_from >= self.erase_until:
            raise ValueError("erase_from must be earlier than erase_until, on the same day")
        return self


class ServerSettings(StrictModel):
    """The sections of config/settings/server.toml; see the comments there."""

    server: GeneralSettings
    database: DatabaseSettings
    pairing: PairingSettings
    intake: IntakeSettings
    remote: RemoteSettings
    throttle: ThrottleSettings
    session: SessionSettings
    review: ReviewSettings
    day: DaySettings
    calendar: CalendarSettings
    notices: NoticesSettings
    payments: PaymentsSettings
    wechat: WeChatSettings = WeChatSettings()
    delivery: DeliverySettings
    backup: BackupSettings
    privacy: PrivacySettings


def server_settings(path: Path | None = None, simulator: Path | None = None) -> ServerSettings:
    """Read the defaults, overridden by the file at `path`, then by the JSON of the payment simulator
    ([payments] and [wechat]).

    Raises Problem with the file and the invalid key.
    """
    changes = json.loads(simulator.read_text(encoding="utf-8")) if simulator else None
    return read_settings(ServerSettings, DEFAULTS, path, changes)
