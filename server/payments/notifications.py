"""The endpoint to which a gateway sends notifications: it verifies, settles in one short transaction and responds."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from server.core.body_limits import SMALL_BODY_BYTES
from server.payments.gateways.base import Answer, Notification, NotificationRejected, PaymentReport
from server.payments.gateways.configured import configured_gateways
from server.payments.sending_refunds import settle_refund
from server.payments.settling import Source, settle

MAX_BYTES: Final = SMALL_BODY_BYTES
log = logging.getLogger(__name__)


@csrf_exempt  # the gateway's signature proves who sends it
@require_POST
def notification(request: HttpRequest, gateway: str) -> HttpResponse:
    """Respond to a gateway's notification; after an exception with 500, so that the gateway sends it again."""
    client = configured_gateways().get(gateway)
    if client is None:
        return HttpResponse(status=404)
    if len(request.body) > MAX_BYTES:
        return HttpResponse(status=413)
    now = timezone.now()
    try:
        received = client.read_notification(request.headers, request.body, now)
    except NotificationRejected as rejected:  # nothing of the notification is logged: anybody can send one
        log.warning("A notification to %s was rejected: %s.", gateway, rejected.reason)
        return _response(client.rejected_answer)
    apply_notification(received, gateway, now)
    return _response(client.accepted_answer)


def apply_notification(received: Notification, gateway: str, now: datetime) -> None:
    """Settle a verified notification. Repetitions change nothing."""
    if isinstance(received.report, PaymentReport):
        settle(received.report, gateway, Source.NOTIFICATION, now)
    else:
        settle_refund(received.report, gateway, now)


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
