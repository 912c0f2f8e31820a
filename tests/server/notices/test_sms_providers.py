"""The providers' SDKs against a server that calculates the signatures independently.

Skipped where the extra is not installed: pip install 'zhengguan[sms-tencent,sms-aliyun]'
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from config.errors import Problem
from config.settings.notices import SmsSettings, SmsTemplate
from server.notices.models import Notice
from server.notices.queue import queue_notice
from server.notices.receipts import collect_receipts
from server.notices.senders.registry import sender_of
from server.notices.sending import RETRY_DELAYS, send_due
from server.notices.settings_check import notice_problems
from server.records.models import Student
from server.submissions.models import Submission
from tests.server.notices.conftest import NOON, PHONE, at, notices_settings

pytestmark = pytest.mark.django_db
SECRET_ID, SECRET_KEY = "AKIDexample", "s3cret key"
UNTIL = at("2026-06-01 15:00")


@dataclass
class Provider:
    """A provider's server: its requests, how many were forged, and its response to each action."""

    responses: dict[str, Callable[[dict[str, Any]], dict[str, Any]]]
    verify: Callable[[BaseHTTPRequestHandler, bytes], bool]
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    forged: int = 0
    url: str = ""

    def sent_sms(self) -> list[dict[str, Any]]:
        return [values for action, values in self.requests if action == "SendSms"]


@contextmanager
def serving(provider: Provider) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not provider.verify(self, body):
                provider.forged += 1
            action = self.headers.get("X-TC-Action") or self.headers.get("x-acs-action") or ""
            values = json.loads(body) if body else dict(parse_qsl(urlsplit(self.path).query))
            provider.requests.append((action, values))
            response = json.dumps(provider.responses[action](values)).encode()
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        provider.url = f"http://127.0.0.1:{server.server_port}"
        yield
        server.shutdown()
        thread.join()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def authorization(handler: BaseHTTPRequestHandler) -> tuple[str, dict[str, str]]:
    algorithm, _, rest = handler.headers["Authorization"].partition(" ")
    return algorithm, dict(part.strip().split("=", 1) for part in rest.split(","))


def is_tc3(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Check a signature as https://cloud.tencent.com/document/api/382/52072 describes."""
    algorithm, parts = authorization(handler)
    identifier, day, service, end = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    assert {"content-type", "host"} <= set(names)
    headers = "".join(f"{name}:{handler.headers[name].strip().lower()}\n" for name in names)
    canonical = "\n".join(("POST", "/", "", headers, parts["SignedHeaders"], sha256(body)))
    scope = f"{day}/{service}/{end}"
    text = "\n".join((algorithm, handler.headers["X-TC-Timestamp"], scope, sha256(canonical.encode())))
    key = hmac_sha256(hmac_sha256(hmac_sha256(f"TC3{SECRET_KEY}".encode(), day), service), end)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return (algorithm, identifier, service, signature) == ("TC3-HMAC-SHA256", SECRET_ID, "sms", parts["Signature"])


def is_acs3(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Check as https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature describes."""
    algorithm, parts = authorization(handler)
    names = parts["SignedHeaders"].split(";")
    assert {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date"} <= set(names)
    headers = "".join(f"{name}:{handler.headers[name].strip()}\n" for name in names)
    split = urlsplit(handler.path)
    pairs = sorted(parse_qsl(split.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    canonical = "\n".join((handler.command, split.path, query, headers, parts["SignedHeaders"], sha256(body)))
    signature = hmac_sha256(SECRET_KEY.encode(), f"{algorithm}\n{sha256(canonical.encode())}").hex()
    return (algorithm, parts["Credential"], parts["Signature"]) == ("ACS3-HMAC-SHA256", SECRET_ID, signature)


def set_up_account(
    provider: Provider, folder: Path, settings: Any, backend: str, templates: dict[str, SmsTemplate]
) -> None:
    secret = folder / "key"
    secret.write_text(SECRET_KEY, encoding="utf-8")
    secret.chmod(0o600)
    sms = SmsSettings(
        secret_id=SECRET_ID,
        secret_key_file=str(secret),
        app_id="1400006666",
        sign_name="示范大学",
        endpoint=provider.url,
        templates=templates,
    )
    notices_settings(settings, backends=(backend, "folder"), sms=sms)


@pytest.fixture
def tencent(settings: Any, tmp_path: Path) -> Iterator[Provider]:
    pytest.importorskip("tencentcloud.sms", reason="pip install 'zhengguan[sms-tencent]'")
    provider = Provider({}, is_tc3)
    status = {"SerialNo": "5000:1", "Code": "Ok", "Message": "send success", "PhoneNumber": f"+86{PHONE}"}
    provider.responses["SendSms"] = lambda _: {"Response": {"SendStatusSet": [status], "RequestId": "r"}}
    provider.responses["PullSmsSendStatusByPhoneNumber"] = lambda _: {
        "Response": {"PullSmsSendStatusSet": [], "RequestId": "r"}
    }
    with serving(provider):
        template = SmsTemplate(id="1110", id_en="1111", variables={"2": "until", "1": "reason"})
        set_up_account(provider, tmp_path, settings, "sms-tencent", {"rejected": template})
        yield provider


@pytest.fixture
def aliyun(settings: Any, tmp_path: Path) -> Iterator[Provider]:
    pytest.importorskip("alibabacloud_dysmsapi20170525", reason="pip install 'zhengguan[sms-aliyun]'")
    provider = Provider({}, is_acs3)
    provider.responses["SendSms"] = lambda _: {"Code": "OK", "Message": "OK", "BizId": "900", "RequestId": "r"}
    provider.responses["QuerySendDetails"] = lambda _: {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}
    with serving(provider):
        template = SmsTemplate(id="SMS_1110", variables={"why": "reason", "date": "until"})
        set_up_account(provider, tmp_path, settings, "sms-aliyun", {"rejected": template})
        yield provider


def tencent_status(key: str, report: str = "SUCCESS") -> dict[str, Any]:
    return {
        "UserReceiveTime": 1,
        "CountryCode": "86",
        "SubscriberNumber": PHONE,
        "PhoneNumber": f"+86{PHONE}",
        "SerialNo": "5000:1",
        "ReportStatus": report,
        "Description": "",
        "SessionContext": key,
    }


def queue(submission: Submission) -> Notice:
    notice = queue_notice("rejected", submission, NOON, reasons=("blur",), until=UNTIL)
    assert notice is not None
    return notice


@pytest.mark.usefixtures("reachable")
def test_tencent_gets_a_signed_request(tencent: Provider, submission: Submission) -> None:
    notice = queue(submission)
    send_due(NOON)
    assert tencent.forged == 0
    assert tencent.sent_sms() == [
        {
            "PhoneNumberSet": [f"+86{PHONE}"],
            "SmsSdkAppId": "1400006666",
            "SignName": "示范大学",
            "TemplateId": "1110",
            "TemplateParamSet": ["照片模糊", "6月1日（星期一）15:00 前"],
            "SessionContext": notice.key,
        }
    ]
    notice.refresh_from_db()
    assert (notice.state, notice.provider_id, notice.recipient) == ("sent", "5000:1", "138****5678")


@pytest.mark.usefixtures("reachable")
def test_a_signature_with_another_key_is_detected(tencent: Provider, submission: Submission, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("another key", encoding="utf-8")
    queue(submission)
    send_due(NOON)
    assert tencent.forged == 1


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(("report", "state"), [("SUCCESS", "delivered"), ("FAIL", "failed")])
def test_tencent_reports_the_delivery(report: str, state: str, tencent: Provider, submission: Submission) -> None:
    notice = queue(submission)
    send_due(NOON)
    tencent.responses["PullSmsSendStatusByPhoneNumber"] = lambda _: {
        "Response": {"PullSmsSendStatusSet": [tencent_status("other"), tencent_status(notice.key, report)]}
    }
    assert collect_receipts(NOON) == 1
    notice.refresh_from_db()
    assert notice.state == state
    assert tencent.forged == 0


@pytest.mark.usefixtures("reachable")
def test_tencent_is_queried_before_a_second_attempt(tencent: Provider, submission: Submission) -> None:
    notice = queue(submission)
    tencent.status = 502
    send_due(NOON)
    tencent.status = 200
    tencent.responses["PullSmsSendStatusByPhoneNumber"] = lambda _: {
        "Response": {"PullSmsSendStatusSet": [tencent_status(notice.key)]}
    }
    send_due(NOON + RETRY_DELAYS[0])
    assert len(tencent.sent_sms()) == 1
    notice.refresh_from_db()
    assert notice.state == "sent"


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("response", "state"),
    [
        ({"SendStatusSet": [{"Code": "InvalidParameterValue.IncorrectPhoneNumber"}]}, "failed"),
        ({"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit"}]}, "queued"),
        ({"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "x"}}, "queued"),
    ],
)
def test_errors_of_tencent(response: dict[str, Any], state: str, tencent: Provider, submission: Submission) -> None:
    tencent.responses["SendSms"] = lambda _: {"Response": {**response, "RequestId": "r"}}
    notice = queue(submission)
    send_due(NOON)
    notice.refresh_from_db()
    assert (notice.state, notice.outcome_unknown and state == "queued") == (state, False)
    assert PHONE not in notice.why


@pytest.mark.usefixtures("reachable")
def test_aliyun_gets_a_signed_request(aliyun: Provider, submission: Submission) -> None:
    notice = queue(submission)
    send_due(NOON)
    assert aliyun.forged == 0
    [request] = aliyun.sent_sms()
    assert json.loads(request.pop("TemplateParam")) == {"why": "照片模糊", "date": "6月1日（星期一）15:00 前"}
    assert request == {
        "PhoneNumbers": PHONE,
        "SignName": "示范大学",
        "TemplateCode": "SMS_1110",
        "OutId": notice.key,
    }
    notice.refresh_from_db()
    assert (notice.state, notice.provider_id) == ("sent", "900")


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(("status", "state"), [(3, "delivered"), (2, "failed"), (1, "sent")])
def test_aliyun_reports_the_delivery(status: int, state: str, aliyun: Provider, submission: Submission) -> None:
    notice = queue(submission)
    send_due(NOON)
    details = [{"OutId": "other", "SendStatus": 2}, {"OutId": notice.key, "SendStatus": status}]
    aliyun.responses["QuerySendDetails"] = lambda _: {"SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}
    collect_receipts(NOON)
    notice.refresh_from_db()
    assert notice.state == state
    assert aliyun.requests[-1][1]["SendDate"] == "20260520"


@pytest.mark.usefixtures("reachable")
def test_aliyun_is_queried_before_a_second_attempt(aliyun: Provider, submission: Submission) -> None:
    notice = queue(submission)
    aliyun.status = 503
    send_due(NOON)
    aliyun.status = 200
    details = [{"OutId": notice.key, "SendStatus": 1}]
    aliyun.responses["QuerySendDetails"] = lambda _: {"SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}
    send_due(NOON + RETRY_DELAYS[0])
    assert len(aliyun.sent_sms()) == 1
    notice.refresh_from_db()
    assert notice.state == "sent"


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("code", "state"), [("isv.MOBILE_NUMBER_ILLEGAL", "failed"), ("isv.BUSINESS_LIMIT_CONTROL", "queued")]
)
def test_errors_of_aliyun(code: str, state: str, aliyun: Provider, submission: Submission) -> None:
    aliyun.responses["SendSms"] = lambda _: {"Code": code, "Message": "x", "RequestId": "r"}
    notice = queue(submission)
    send_due(NOON)
    notice.refresh_from_db()
    assert (notice.state, notice.why) == (state, code)


@pytest.mark.parametrize("backend", ["sms-tencent", "sms-aliyun"])
def test_a_missing_sdk_is_one_sentence_and_the_notice_waits(
    backend: str, submission: Submission, reachable: Student, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tencentcloud", "alibabacloud_dysmsapi20170525"):
        monkeypatch.setitem(sys.modules, module, None)
        for name in [name for name in sys.modules if name.startswith(f"{module}.")]:
            monkeypatch.delitem(sys.modules, name)
    notices_settings(settings, backends=(backend,))
    with pytest.raises(Problem, match="pip install"):
        sender_of("sms")
    assert "server.notices.extra_missing" in [problem.key for problem in notice_problems()]
    notice = queue(submission)
    send_due(NOON)
    notice.refresh_from_db()
    assert notice.state == "queued"


@pytest.mark.usefixtures("reachable")
def test_an_event_without_a_template_goes_by_the_next_channel(tencent: Provider, submission: Submission) -> None:
    queue_notice("revoked", submission, NOON)
    send_due(NOON)
    assert list(Notice.objects.order_by("id").values_list("channel", "state")) == [
        ("sms", "failed"),
        ("folder", "queued"),
    ]
    assert tencent.sent_sms() == []
