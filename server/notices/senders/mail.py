"""Send notices by e-mail, through Django's mail backend."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from server.notices.senders.sender import OutgoingNotice, SendFailed, SendReceipt, Undeliverable
from server.secrets.secret_file import read_secret_file

TIMEOUT_S: Final = 20
_NOT_SENT: Final = (
    ConnectionRefusedError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPDataError,
)


def message_of(notice: OutgoingNotice, sender: str, headers: dict[str, str]) -> EmailMessage:
    """Return the e-mail with its attachments."""
    message = EmailMessage(notice.text.subject, notice.text.body, sender or None, [notice.address], headers=headers)
    for one in notice.attachments:
        message.attach(one.name, one.content, one.content_type)
    return message


class EmailSender:
    """The key becomes the Message-ID: mail programs show two copies of one message as one."""

    def send(self, notice: OutgoingNotice) -> SendReceipt:
        sender = settings.APP.notices.email.sender
        headers = {"Message-ID": f"<{notice.key}@{parseaddr(sender)[1].rpartition('@')[2]}>"}
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
        message = message_of(notice, sender, headers)
        message.connection = self._connection()
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            failure = Undeliverable if 500 <= code < 600 else SendFailed
            raise failure(f"the mail server rejected the address ({code})") from error
        except _NOT_SENT as error:
            raise SendFailed(f"{type(error).__name__} at {settings.APP.notices.email.host}") from error
        return SendReceipt(delivered=False)

    def was_sent(self, notice: OutgoingNotice) -> bool:
        return False  # SMTP cannot report this

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        return None

    def _connection(self) -> Any:
        email = settings.APP.notices.email
        return get_connection(
            host=email.host,
            port=email.port,
            username=email.user or None,
            password=read_secret_file(email.password_file) if email.password_file else None,
            use_tls=email.security == "starttls",
            use_ssl=email.security == "tls",
            timeout=TIMEOUT_S,
        )
