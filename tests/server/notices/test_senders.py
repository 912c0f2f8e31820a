"""Sending to the folder and by e-mail."""

from __future__ import annotations

import json
import smtplib
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from server.notices.contacts import set_contact
from server.notices.models import Notice
from server.notices.queue import queue_notice
from server.notices.sending import LEASE, RETRY_DELAYS, send_due
from server.records.models import Student
from server.settings import APP
from server.submissions.models import Submission
from tests.server.notices.conftest import EMAIL, NOON, notices_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_email(settings: Any, student: Student) -> None:
    email = APP.notices.email.model_copy(update={"host": "mail.school.edu", "sender": "照片 <photo@school.edu>"})
    notices_settings(settings, backends=("email", "folder"), email=email)
    set_contact(student, email=EMAIL, language="en", consent_at=NOON)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_folder_has_a_text_to_print_and_its_data(submission: Submission, settings: Any) -> None:
    queue_notice("rejected", submission, NOON, reasons=("blur",))
    send_due(NOON)
    data, text = files(settings.NOTICES)
    assert (data.suffix, text.suffix, data.stem) == (".json", ".txt", text.stem)
    assert data.parent.name == "2026-05-20"
    content = json.loads(data.read_text(encoding="utf-8"))
    assert (content["event"], content["student_no"]) == ("rejected", submission.student.student_no)
    assert text.read_text(encoding="utf-8") == f"{content['subject']}\n\n{content['body']}\n"
    assert submission.student.name not in data.read_text(encoding="utf-8")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data, text, data.parent, settings.NOTICES))


def test_an_attempt_that_was_interrupted_leaves_one_file_in_the_folder(
    submission: Submission, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_notice("rejected", submission, NOON)
    with monkeypatch.context() as patch:
        patch.setattr("server.notices.senders.folder.json.dumps", lambda *_, **__: 1 / 0)
        send_due(NOON)
    assert [path.suffix for path in files(settings.NOTICES)] == [".txt"]
    send_due(NOON + RETRY_DELAYS[0])
    assert [path.suffix for path in files(settings.NOTICES)] == [".json", ".txt"]
    assert Notice.objects.get().state == "delivered"


@pytest.mark.usefixtures("by_email")
def test_an_e_mail_has_the_key_as_its_identifier(submission: Submission) -> None:
    notice = queue_notice("published", submission, NOON)
    assert notice is not None
    send_due(NOON)
    [message] = mail.outbox
    assert (message.to, parseaddr(message.from_email)[1]) == ([EMAIL], "photo@school.edu")
    assert message.extra_headers["Message-ID"] == f"<{notice.key}@school.edu>"
    assert message.subject == "Your photo is on CHSI: please check it"
    assert Notice.objects.values_list("state", "recipient").get() == ("sent", "m***@school.edu")


@pytest.mark.usefixtures("by_email")
@pytest.mark.parametrize(
    ("error", "state", "unknown"),
    [
        (smtplib.SMTPRecipientsRefused({EMAIL: (550, b"no such user")}), "failed", True),
        (smtplib.SMTPRecipientsRefused({EMAIL: (450, b"busy")}), "queued", False),
        (smtplib.SMTPAuthenticationError(535, b""), "queued", False),
        (ConnectionRefusedError(), "queued", False),
        (TimeoutError(), "queued", True),
        (smtplib.SMTPServerDisconnected(), "queued", True),
    ],
)
def test_failures_of_the_mail_server_are_distinguished(
    error: Exception, state: str, unknown: bool, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    queue_notice("published", submission, NOON)
    send_due(NOON)
    notice = Notice.objects.get(channel="email")
    assert notice.state == state
    if state == "queued":
        assert notice.outcome_unknown is unknown


@pytest.mark.usefixtures("by_email")
def test_a_missing_password_file_is_one_sentence_and_is_retried(submission: Submission, settings: Any) -> None:
    email = settings.APP.notices.email.model_copy(update={"password_file": "/nowhere/password"})
    notices_settings(settings, backends=("email",), email=email)
    queue_notice("published", submission, NOON)
    send_due(NOON)
    notice = Notice.objects.get()
    assert (notice.state, "/nowhere/password" in notice.why, mail.outbox) == ("queued", True, [])
    assert notice.next_attempt_at < NOON + LEASE
