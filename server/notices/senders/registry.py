"""Find the sender of a channel; a provider's SDK is imported only where it is configured."""

from __future__ import annotations

from django.conf import settings

from server.notices.events import Channel
from server.notices.senders.sender import Sender


def sender_of(channel: str) -> Sender:
    """Return the sender of a channel. Raises Problem if an extra is not installed or a secret cannot be read."""
    if channel == Channel.FOLDER.value:
        from server.notices.senders.folder import FolderSender

        return FolderSender()
    if channel == Channel.EMAIL.value:
        from server.notices.senders.mail import EmailSender

        return EmailSender()
    if "sms-aliyun" in settings.APP.notices.backends:
        from server.notices.senders.aliyun import aliyun_sender

        return aliyun_sender()
    from server.notices.senders.tencent import tencent_sender

    return tencent_sender()
