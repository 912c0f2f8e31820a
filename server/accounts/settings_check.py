"""Find missing parts that students need to identify themselves online, for `zhengguan server check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from typing import Final

from django.conf import settings

from config.errors import Problem
from server.accounts.messages import sms_channel
from server.notices.events import Channel
from server.records.campaign_options import Identification
from server.records.models import Campaign

_CARD_MODULES: Final = ("rapidocr", "onnxruntime")  # of the extra `documents`
_CODE_MODULE: Final = "zxingcpp"


def account_problems(now: datetime) -> Iterator[Problem]:
    """Yield a Problem for each missing part that the running campaigns need for identification. Simulated campaigns do
    not count: their codes are read in the folder of notices."""
    running = Campaign.objects.filter(simulated=False, closes_at__gt=now)
    modes = {mode for ways in running.values_list("identification", flat=True) for mode in ways}
    if not modes:
        return
    if sms_channel() is not Channel.SMS:
        yield Problem("server.check.no_code_sender")
    elif "sign_in_code" not in settings.APP.notices.sms.templates:
        yield Problem("server.check.no_code_template")
    by_card = {Identification.ID_CARD.value, Identification.PASSWORD.value}
    if modes & by_card and not all(map(_is_installed, _CARD_MODULES)):
        yield Problem("server.check.no_card_reader")
    if Identification.CAPTURE_CODE.value in modes and not _is_installed(_CODE_MODULE):
        yield Problem("server.check.no_code_reader")


def _is_installed(module: str) -> bool:
    return find_spec(module) is not None
