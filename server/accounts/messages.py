"""Send one SMS to the phone of an account: a code, or the decision of a clerk."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils import timezone

from config.i18n import translations
from server.core.api_errors import ApiError
from server.notices.addresses import mask_address
from server.notices.events import Channel
from server.notices.rendering import RenderedNotice
from server.notices.senders.registry import sender_of
from server.notices.senders.sender import OutgoingNotice
from server.records.identifiers import new_id

log = logging.getLogger(__name__)


def sms_channel() -> Channel | None:
    """Return the channel of codes: SMS, or the folder where no provider is set up; None if there is neither."""
    backends = settings.APP.notices.backends
    if any(backend.startswith("sms-") for backend in backends):
        return Channel.SMS
    return Channel.FOLDER if "folder" in backends else None


def send_text(event: str, phone: str, language: str, key: str = "", **values: str) -> None:
    """Send the message `notice.<event>.sms` now, whatever the hour. Outside of a transaction: the provider may take
    seconds.

    Raises ApiError sms_unavailable if no provider is set up, sms_failed if the provider did not accept the message.
    """
    channel = sms_channel()
    if channel is None:
        raise ApiError("refused.sms_unavailable")
    text = translations(language).translate(f"notice.{event}.sms", **values)
    rendered = RenderedNotice(text, "", text, values)
    notice = OutgoingNotice(key or new_id(), event, phone, language, rendered, timezone.now())
    try:
        sender_of(channel.value).send(notice)
    except Exception as error:
        # No traceback: it could contain the number.
        log.warning("SMS %s to %s was not sent: %s", event, mask_address(phone), type(error).__name__)
        raise ApiError("refused.sms_failed") from None
