"""Write notices into a folder, for staff to print or forward."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from server.notices.senders.mail import message_of
from server.notices.senders.sender import OutgoingNotice, SendReceipt
from server.secrets.private_files import private_folder, write_private


class FolderSender:
    """Writes a .txt to print and a .json for each notice, and with attachments a draft for the office's mail program
    (.eml). Their names contain the key, so another attempt replaces them."""

    def send(self, notice: OutgoingNotice) -> SendReceipt:
        path = self._path(notice)
        private_folder(path.parent.parent)
        private_folder(path.parent)
        if notice.attachments:
            # X-Unsent: Outlook opens the file as a draft to be sent, not as a message that was received.
            draft = message_of(notice, settings.APP.notices.email.sender, {"X-Unsent": "1"})
            write_private(path.with_suffix(".eml"), draft.message().as_string())
        write_private(path.with_suffix(".txt"), f"{notice.text.subject}\n\n{notice.text.body}\n")
        content = {
            "key": notice.key,
            "event": notice.event,
            "queued_at": notice.queued_at.isoformat(),
            "student_no": notice.student_no,
            "language": notice.language,
            "sms": notice.text.sms,
            "subject": notice.text.subject,
            "body": notice.text.body,
        }
        write_private(path.with_suffix(".json"), json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        return SendReceipt(delivered=True)

    def was_sent(self, notice: OutgoingNotice) -> bool:
        return self._path(notice).with_suffix(".json").exists()

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        return self.was_sent(notice)

    def _path(self, notice: OutgoingNotice) -> Path:
        at = timezone.localtime(notice.queued_at)
        folder: Path = settings.NOTICES
        return folder / f"{at:%Y-%m-%d}" / f"{at:%H%M%S}-{notice.event}-{notice.key}"
