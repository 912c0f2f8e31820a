"""Mistakes in [notices] of server.toml that the check of single values cannot find, for `zhengguan server check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from config.errors import Problem
from config.settings.notices import NoticesSettings, SmsSettings
from server.notices.events import ACCOUNT_EVENTS, ACCOUNT_VALUES, DEADLINE_EVENTS, EVENTS, VALUES
from server.notices.senders.sdk import is_installed, missing_sdk
from server.secrets.secret_file import is_backed_up, is_open_to_others, read_secret_file

_LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "::1")


def notice_problems() -> Iterator[Problem]:
    """Yield every mistake, one sentence each."""
    notices: NoticesSettings = settings.APP.notices
    yield from _unknown_events("notices", set(notices.muted))
    if "email" in notices.backends:
        yield from _missing("notices.email", host=notices.email.host, sender=notices.email.sender)
        if notices.email.user:
            yield from _missing("notices.email", password_file=notices.email.password_file)
        yield from _secret(notices.email.password_file)
    for backend in ("sms-tencent", "sms-aliyun"):
        if backend in notices.backends:
            yield from _sms(notices.sms, backend)
    if set(notices.backends) - {"folder"} and not settings.PUBLIC_URL:
        yield Problem("server.notices.no_link")


def _sms(sms: SmsSettings, backend: str) -> Iterator[Problem]:
    if not is_installed(backend):
        yield missing_sdk(backend)
    account = {"secret_id": sms.secret_id, "secret_key_file": sms.secret_key_file, "sign_name": sms.sign_name}
    if backend == "sms-tencent":
        account["app_id"] = sms.app_id
    yield from _missing("notices.sms", **account)
    yield from _secret(sms.secret_key_file)
    endpoint = urlsplit(sms.endpoint)
    if sms.endpoint and endpoint.scheme != "https" and endpoint.hostname not in _LOCAL_HOSTS:
        yield Problem("server.notices.endpoint", url=sms.endpoint)
    yield from _unknown_events("notices.sms.templates", set(sms.templates) - set(ACCOUNT_EVENTS))
    absent = DEADLINE_EVENTS - set(sms.templates)
    if absent:
        yield Problem("server.notices.template_missing", names=_join(absent))
    for event, template in sms.templates.items():
        allowed = ACCOUNT_VALUES if event in ACCOUNT_EVENTS else VALUES
        unknown = set(template.variables.values()) - set(allowed)
        if unknown:
            known = ", ".join(allowed)
            yield Problem("server.notices.variable_unknown", event=event, names=_join(unknown), known=known)
        positions = {str(position + 1) for position in range(len(template.variables))}
        if backend == "sms-tencent" and set(template.variables) != positions:
            yield Problem("server.notices.variable_position", event=event)


def _missing(section: str, **values: str) -> Iterator[Problem]:
    names = [name for name, value in values.items() if not value]
    if names:
        yield Problem("server.notices.value_missing", section=section, names=", ".join(names))


def _secret(path: str) -> Iterator[Problem]:
    if not path:
        return
    try:
        read_secret_file(path)
    except Problem as problem:
        yield problem
        return
    if is_open_to_others(path):
        yield Problem("server.notices.secret_open", file=path)
    if is_backed_up(path, settings.DATA):
        yield Problem("server.notices.secret_in_data", file=path, folder=settings.DATA)


def _unknown_events(section: str, names: set[str]) -> Iterator[Problem]:
    unknown = names - set(EVENTS)
    if unknown:
        yield Problem("server.notices.event_unknown", section=section, names=_join(unknown), known=", ".join(EVENTS))


def _join(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names))
