"""Rejections: a reason code, one sentence in each language, and the HTTP status."""

from __future__ import annotations

from typing import Final

from config.errors import Problem
from kiosk.upload.envelope import Rejection

_HTTP_STATUS: Final = {
    "token": 401,
    "revoked": 401,
    "pairing_wrong": 403,
    "pairing_used": 403,
    "pairing_expired": 403,
    "id_taken": 409,
    "files_missing": 409,
    "piece_elsewhere": 409,
    "piece_too_large": 413,
    "already_received": 409,
    "decided_already": 409,
    "decision_pending": 409,
    "nothing_to_take_back": 409,
    "claimed": 409,
    "submission_revoked": 409,
    "request_open": 409,
    "retouch_unchecked": 409,
    "retouch_outdated": 409,
    "appeal_own": 403,
    "handed_over": 409,
    "order_settled": 409,
    "order_closed": 409,
    "unpaid_review": 409,
    "gateway_declined": 409,
    "wechat_state": 400,
    "wechat_unreachable": 503,
    "refund_decided": 409,
    "finding_decided": 409,
    "waiver_requested": 409,
    "waiver_decided": 409,
    "payment_second_person": 403,
    "four_eyes": 403,
    "second_person": 403,
    "not_allowed": 403,
    "identity_unconfirmed": 409,
    "too_many_tries": 429,
    "remote_too_often": 429,
    "remote_too_many_checks": 429,
    "remote_busy": 503,
    "remote_received": 409,
    "remote_waiting": 409,
    "remote_full": 503,
    "sms_too_soon": 429,
    "sms_too_many": 429,
    "sms_address": 429,
    "too_many_pictures": 429,
    "link_too_many": 429,
    "link_decided": 409,
    "sms_unavailable": 503,
    "sms_failed": 503,
    "reader_busy": 503,
    "signed_out": 403,
    "no_such_address": 404,
    "unreadable": 400,
    "wrong_method": 405,
    "body_too_large": 413,
    "unknown_host": 421,
    "server_error": 500,
    "busy": 503,
    "storage": 503,
    "decoder_busy": 503,
    "disk_full": 507,
}
_RETRY_AFTER_S: Final = {
    "busy": 5,
    "decoder_busy": 10,
    "remote_full": 60,
    "remote_busy": 10,
    "storage": 60,
    "disk_full": 300,
}


class ApiError(Problem):
    """A request that the server rejects. Keys: `refused.<reason>`; the sentence states what a person can do."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("refused.")

    @property
    def status(self) -> int:
        """The HTTP status; 422 (well-formed but not acceptable) unless the reason has its own."""
        return _HTTP_STATUS.get(self.reason, 422)

    @property
    def retry_after(self) -> int | None:
        """Seconds until a retry makes sense, for the header Retry-After."""
        return _RETRY_AFTER_S.get(self.reason)

    def to_payload(self) -> Rejection:
        return Rejection(reason=self.reason, zh_CN=self.in_language("zh_CN"), en=self.in_language("en"))
