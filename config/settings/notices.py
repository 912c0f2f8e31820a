"""Settings of notices to students: `[notices]` of server.toml."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from config.settings.loader import StrictModel
from config.settings.values import Hours, Port, TimeOfDay


class EmailSettings(StrictModel):
    """The mail server for notices. The password is in a separate file."""

    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""
    sender: str = ""
    delivered_after_hours: Hours = 24


class SmsTemplate(StrictModel):
    """A template that the provider approved. `variables` maps the provider's name or number of a variable to ours."""

    id: str
    id_en: str = ""
    variables: dict[str, str] = {}


class SmsSettings(StrictModel):
    """The account at the SMS provider. The secret key is in a separate file."""

    secret_id: str = ""
    secret_key_file: str = ""
    app_id: str = ""
    sign_name: str = ""
    region: str = "ap-guangzhou"
    endpoint: str = ""
    templates: dict[str, SmsTemplate] = {}


class NoticesSettings(StrictModel):
    """How students are notified; see the comments in server.toml."""

    backends: tuple[Literal["folder", "email", "sms-tencent", "sms-aliyun"], ...]
    folder: str
    quiet_from: TimeOfDay
    quiet_until: TimeOfDay
    muted: tuple[str, ...]
    email: EmailSettings = EmailSettings()
    sms: SmsSettings = SmsSettings()

    @field_validator("backends")
    @classmethod
    def _check_backends(cls, backends: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(backends)) < len(backends) or {"sms-tencent", "sms-aliyun"} <= set(backends):
            raise ValueError("list each backend once, with at most one SMS provider")
        return backends
