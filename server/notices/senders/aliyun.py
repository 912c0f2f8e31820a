"""SMS through Alibaba Cloud, with the SDK of the extra `sms-aliyun`.

SendSms has no idempotency key. The notice's key is sent as OutId, which QuerySendDetails returns; after an unknown
outcome it shows whether the SMS was sent. https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from config.settings.notices import SmsSettings
from server.notices.senders.sdk import missing_sdk
from server.notices.senders.sender import OutgoingNotice, SendFailed, SendReceipt, Undeliverable
from server.notices.senders.templates import template_of
from server.secrets.secret_file import read_secret_file

ENDPOINT: Final = "https://dysmsapi.aliyuncs.com"
TIMEOUT_MS: Final = 20_000
_PROVIDER_ZONE: Final = ZoneInfo("Asia/Shanghai")  # of SendDate
_FAILED, _ARRIVED = 2, 3  # SendStatus; 1 is waiting
_UNDELIVERABLE: Final = frozenset(
    {"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT"}
)


class AliyunSender:
    def __init__(self, client: Any, models: Any, sms: SmsSettings) -> None:
        self._client, self._models, self._sms = client, models, sms

    def send(self, notice: OutgoingNotice) -> SendReceipt:
        identifier, values = template_of(self._sms, notice)
        request = self._models.SendSmsRequest(
            phone_numbers=_local_number(notice.address),
            sign_name=self._sms.sign_name,
            template_code=identifier,
            template_param=json.dumps(values, ensure_ascii=False),
            out_id=notice.key,
        )
        body = _call(self._client.send_sms, request)
        if body.code == "OK":
            return SendReceipt(delivered=False, provider_id=body.biz_id or "")
        raise (Undeliverable if body.code in _UNDELIVERABLE else SendFailed)(str(body.code))

    def was_sent(self, notice: OutgoingNotice) -> bool:
        return bool(self._details(notice))

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        states = [one.send_status for one in self._details(notice)]
        if _ARRIVED in states:
            return True
        return False if states and set(states) == {_FAILED} else None

    def _details(self, notice: OutgoingNotice) -> list[Any]:
        request = self._models.QuerySendDetailsRequest(
            phone_number=_local_number(notice.address),
            send_date=f"{notice.queued_at.astimezone(_PROVIDER_ZONE):%Y%m%d}",
            page_size=50,
            current_page=1,
        )
        details = _call(self._client.query_send_details, request).sms_send_detail_dtos
        return [one for one in (details.sms_send_detail_dto if details else None) or () if one.out_id == notice.key]


def aliyun_sender() -> AliyunSender:
    """Return a sender with the account of the settings. Raises Problem if the extra is missing."""
    try:
        from alibabacloud_dysmsapi20170525 import models
        from alibabacloud_dysmsapi20170525.client import Client
        from alibabacloud_tea_openapi.models import Config
    except ImportError as error:
        raise missing_sdk("sms-aliyun") from error
    sms = settings.APP.notices.sms
    endpoint = urlsplit(sms.endpoint or ENDPOINT)
    account = Config(
        access_key_id=sms.secret_id,
        access_key_secret=read_secret_file(sms.secret_key_file),
        endpoint=endpoint.netloc,
        protocol=endpoint.scheme,
        connect_timeout=TIMEOUT_MS,
        read_timeout=TIMEOUT_MS,
    )
    return AliyunSender(Client(account), models, sms)


def _call(method: Any, request: Any) -> Any:
    try:
        return method(request).body
    except Exception as error:
        code = getattr(error, "code", None)
        if isinstance(code, str) and code and (getattr(error, "status_code", None) or 400) < 500:
            raise SendFailed(code) from None
        raise


def _local_number(address: str) -> str:
    return address.removeprefix("+86")
