"""SMS through Tencent Cloud, with the SDK of the extra `sms-tencent`.

SendSms has no idempotency key. The notice's key is sent as SessionContext, which Tencent returns with each receipt if
the account has that feature; after an unknown outcome the receipts show whether the SMS was sent.
https://cloud.tencent.com/document/product/382/55981
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from config.settings.notices import SmsSettings
from server.notices.senders.sdk import missing_sdk
from server.notices.senders.sender import OutgoingNotice, SendFailed, SendReceipt, Undeliverable
from server.notices.senders.templates import template_of
from server.secrets.secret_file import read_secret_file

ENDPOINT: Final = "https://sms.tencentcloudapi.com"
TIMEOUT_S: Final = 20
_NO_ANSWER: Final = ("Client", "Server", "InternalError")  # ClientNetworkError, ServerNetworkError
_UNDELIVERABLE: Final = ("IncorrectPhoneNumber", "PhoneNumberInBlacklist", "PhoneNumberOnHoldError")


class TencentSender:
    def __init__(self, client: Any, models: Any, sms: SmsSettings) -> None:
        self._client, self._models, self._sms = client, models, sms

    def send(self, notice: OutgoingNotice) -> SendReceipt:
        identifier, values = template_of(self._sms, notice)
        request = self._models.SendSmsRequest()
        request.PhoneNumberSet = [notice.address]
        request.SmsSdkAppId = self._sms.app_id
        request.SignName = self._sms.sign_name
        request.TemplateId = identifier
        request.TemplateParamSet = [values[name] for name in sorted(values, key=int)]
        request.SessionContext = notice.key
        [status] = self._call(self._client.SendSms, request).SendStatusSet
        if status.Code == "Ok":
            return SendReceipt(delivered=False, provider_id=status.SerialNo or "")
        failure = Undeliverable if status.Code.rpartition(".")[2] in _UNDELIVERABLE else SendFailed
        raise failure(status.Code)

    def was_sent(self, notice: OutgoingNotice) -> bool:
        return bool(self._receipts(notice))

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        receipts = self._receipts(notice)
        return receipts[-1].ReportStatus == "SUCCESS" if receipts else None

    def _receipts(self, notice: OutgoingNotice) -> list[Any]:
        request = self._models.PullSmsSendStatusByPhoneNumberRequest()
        request.BeginTime = int((notice.queued_at - timedelta(minutes=1)).timestamp())
        request.Offset, request.Limit = 0, 100
        request.PhoneNumber, request.SmsSdkAppId = notice.address, self._sms.app_id
        response = self._call(self._client.PullSmsSendStatusByPhoneNumber, request)
        return [one for one in response.PullSmsSendStatusSet or () if one.SessionContext == notice.key]

    def _call(self, method: Any, request: Any) -> Any:
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

        try:
            return method(request)
        except TencentCloudSDKException as error:
            code = error.get_code() or ""
            if code.startswith(_NO_ANSWER):
                raise TimeoutError(code) from None
            raise SendFailed(code) from None


def tencent_sender() -> TencentSender:
    """Return a sender with the account of the settings. Raises Problem if the extra is missing."""
    try:
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.sms.v20210111 import models
        from tencentcloud.sms.v20210111.sms_client import SmsClient
    except ImportError as error:
        raise missing_sdk("sms-tencent") from error
    sms = settings.APP.notices.sms
    endpoint = urlsplit(sms.endpoint or ENDPOINT)
    http = HttpProfile(protocol=endpoint.scheme, endpoint=endpoint.netloc, reqTimeout=TIMEOUT_S)
    credential = Credential(sms.secret_id, read_secret_file(sms.secret_key_file))
    client = SmsClient(credential, sms.region, ClientProfile(httpProfile=http, signMethod="TC3-HMAC-SHA256"))
    return TencentSender(client, models, sms)
