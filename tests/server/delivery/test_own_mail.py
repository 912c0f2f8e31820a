"""The student's own file by e-mail: who may request it, what is sent, what the page shows, and what is kept."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from server.audit.models import Action, Event
from server.delivery.own_file import content_of, make_link, sizes
from server.delivery.own_mail import mail_status, request_mail
from server.notices.models import Contact, Notice
from server.notices.sending import RETRY_DELAYS, send_due
from server.privacy.erasure import erase_rows
from server.privacy.own_data import parts_of
from server.records.models import Campaign
from server.settings import APP
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.delivery.conftest import portrait_of
from tests.server.notices.conftest import at, notices_settings
from tests.server.portal.conftest import prove
from tests.server.sample_pictures import portrait_jpeg

pytestmark = pytest.mark.django_db
ADDRESS = "ming@example.edu"
MASKED = "m***@example.edu"


@pytest.fixture
def submission(campaign: Campaign) -> Submission:
    return portrait_of(campaign, content=portrait_jpeg(1), student={"name": "王小明", "student_no": "20220001"})


@pytest.fixture
def by_email(settings: Any) -> None:
    sender = APP.notices.email.model_copy(update={"host": "mail.school.edu", "sender": "照片 <photo@school.edu>"})
    notices_settings(settings, backends=("email", "folder"), email=sender)


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def post(client: Client, submission: Submission, address: str = ADDRESS) -> Any:
    return client.post(f"/f/{make_link(submission)}/mail", {"email": address}, follow=True)


def status_of(answer: Any) -> str:
    """Return the line about the last e-mail, "" if there is none."""
    found = re.findall(r'id="mail-status">([^<]*)', answer.content.decode())
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.mark.usefixtures("by_email")
def test_the_student_gets_every_size_under_the_campaigns_name(client: Client, submission: Submission) -> None:
    prove(client, submission.student)
    answer = post(client, submission)
    assert status_of(answer).startswith(f"On its way to {MASKED}.")
    send_due(timezone.now())
    [message] = mail.outbox
    assert (message.to, message.subject) == ([ADDRESS], "Your graduation photo")
    assert submission.student.name not in message.subject + message.body
    assert "/p/" not in message.body, "an address that may be wrong does not get the progress page"
    attached = {name: content for name, content, _ in message.attachments}
    names = ["", "-two_inch", "-one_inch", "-email"]
    assert list(attached) == [f"王小明_20220001{name}.jpg" for name in names]
    assert list(attached.values()) == [content_of(submission, size) for size in sizes()]
    assert status_of(client.get(answer.redirect_chain[-1][0])).startswith(f"Sent to {MASKED}:")
    event = Event.objects.get(action=Action.OWN_FILE_MAILED)
    assert (event.subject, event.details) == (submission.pk, {"channel": "email"})


@pytest.mark.usefixtures("by_email")
def test_the_link_alone_sends_nothing(client: Client, submission: Submission) -> None:
    page = client.get(f"/f/{make_link(submission)}/").content.decode()
    assert "last four characters" in page
    assert 'name="email"' not in page
    assert post(client, submission).status_code == 403
    assert not Notice.objects.exists()


@pytest.mark.usefixtures("by_email")
@pytest.mark.parametrize(
    "address", ["", "ming", "ming@", "a@b c.edu", "ming@example.edu\nBcc: x@example.edu", "a" * 300]
)
def test_a_wrong_address_is_explained_and_not_counted(address: str, client: Client, submission: Submission) -> None:
    prove(client, submission.student)
    for _ in range(APP.delivery.own_mails_per_day + 1):
        answer = post(client, submission, address)
        assert answer.status_code == 422
        assert answer.content.decode().count('role="alert"') == 1
    assert not Notice.objects.exists()
    assert post(client, submission).status_code == 200


@pytest.mark.usefixtures("by_email")
def test_a_day_has_a_limit_and_a_second_press_does_not_count(client: Client, submission: Submission) -> None:
    prove(client, submission.student)
    post(client, submission, "wrong@example.edu")
    assert [post(client, submission).status_code for _ in range(3)] == [200] * 3
    assert list(Notice.objects.order_by("version").values_list("state", flat=True)) == ["given_up", "queued"]
    assert Notice.objects.filter(address_encrypted="").count() == 1
    send_due(timezone.now())
    assert [message.to for message in mail.outbox] == [[ADDRESS]], "the mistyped address gets nothing"
    assert post(client, submission).status_code == 200
    assert post(client, submission).status_code == 200, "the third one is still queued, and this is the same request"
    send_due(timezone.now())
    refused = post(client, submission)
    assert refused.status_code == 422
    assert "3 e-mails today" in refused.content.decode()


@pytest.mark.usefixtures("by_email")
def test_it_is_sent_at_night_and_its_address_is_deleted_afterwards(submission: Submission) -> None:
    night = at("2026-05-20 23:30")
    request_mail(submission, ADDRESS, "zh_CN", night)
    assert ADDRESS not in Notice.objects.get().address_encrypted
    assert notice_in_own_data(submission)["to"] == ADDRESS, (
        "the copy of the student's data contains the address while it is stored"
    )
    send_due(night)
    assert mail.outbox[0].subject == "你的毕业照片"
    assert Notice.objects.values_list("state", "address_encrypted", "recipient").get() == ("sent", "", MASKED)
    assert notice_in_own_data(submission)["to"] == MASKED
    assert not Contact.objects.exists(), "notices are not sent there"


def notice_in_own_data(submission: Submission) -> dict[str, Any]:
    parts = parts_of(submission.student, with_number=True)
    return next({row.name: row.value for row in part.rows} for part in parts if part.title == "notice")


@pytest.mark.usefixtures("by_email")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}), "refused"),
        (ConnectionRefusedError(), "retrying"),
        (TimeoutError(), "retrying"),
    ],
)
def test_the_page_shows_how_the_mail_server_failed(
    error: Exception, status: str, client: Client, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, messages: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    now = timezone.now()
    request_mail(submission, ADDRESS, "en", now)
    send_due(now)
    assert status_key(submission) == status
    for delay in RETRY_DELAYS:
        now += delay + timedelta(seconds=1)
        send_due(now)
    assert status_key(submission) == ("refused" if status == "refused" else "failed")
    assert Notice.objects.values_list("channel", "address_encrypted").get() == ("email", ""), "no other channel follows"
    prove(client, submission.student)
    page = client.get(f"/f/{make_link(submission)}/")
    assert MASKED in status_of(page)


def status_key(submission: Submission) -> str:
    status = mail_status(submission)
    return status.key if status else ""


@pytest.mark.usefixtures("by_email")
def test_a_portrait_that_was_revoked_meanwhile_is_not_sent(submission: Submission) -> None:
    now = timezone.now()
    request_mail(submission, ADDRESS, "en", now)
    Submission.objects.filter(pk=submission.pk).update(state=State.REVOKED.value)
    send_due(now)
    assert mail.outbox == []
    assert Notice.objects.values_list("state", "address_encrypted").get() == ("failed", "")


@pytest.mark.usefixtures("by_email")
def test_a_portrait_that_cannot_be_read_is_sent_later(submission: Submission) -> None:
    now, sha256 = timezone.now(), submission.portrait_sha256
    request_mail(submission, ADDRESS, "en", now)
    Submission.objects.filter(pk=submission.pk).update(portrait_sha256="9" * 64)
    send_due(now)
    assert (status_key(submission), mail.outbox) == ("retrying", [])
    Submission.objects.filter(pk=submission.pk).update(portrait_sha256=sha256)
    send_due(now + RETRY_DELAYS[0])
    assert [len(message.attachments) for message in mail.outbox] == [4]


def test_without_a_mail_server_the_office_gets_a_draft(client: Client, submission: Submission, settings: Any) -> None:
    notices_settings(settings, backends=("folder",))
    prove(client, submission.student)
    answer = post(client, submission)
    assert "by hand" in answer.content.decode()
    send_due(timezone.now())
    assert status_of(client.get(answer.redirect_chain[-1][0])).startswith(
        f"The office has had your request for {MASKED}"
    )
    [path] = settings.NOTICES.rglob("*.eml")
    assert path.stat().st_mode & 0o077 == 0
    draft = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (draft["To"], draft["X-Unsent"]) == (ADDRESS, "1")
    attached = {part.get_filename(): part.get_content() for part in draft.iter_attachments()}
    assert attached["王小明_20220001.jpg"] == content_of(submission, sizes()[0])
    assert len(attached) == len(sizes())


def test_nothing_is_offered_without_a_way_to_send(client: Client, submission: Submission, settings: Any) -> None:
    notices_settings(settings, backends=())
    prove(client, submission.student)
    assert 'id="mail"' not in client.get(f"/f/{make_link(submission)}/").content.decode()
    assert post(client, submission).status_code == 422


@pytest.mark.usefixtures("by_email")
def test_a_simulated_portrait_never_leaves_the_machine(submission: Submission, settings: Any) -> None:
    Submission.objects.filter(pk=submission.pk).update(simulated=True)
    submission.refresh_from_db()
    request_mail(submission, ADDRESS, "en", timezone.now())
    assert Notice.objects.get().channel == "folder"


@pytest.mark.usefixtures("by_email")
def test_the_erasure_empties_the_address_of_a_queued_email(submission: Submission) -> None:
    request_mail(submission, ADDRESS, "en", timezone.now())
    erase_rows([submission.student_id], timezone.now())
    assert Notice.objects.values_list("state", "address_encrypted", "recipient").get() == ("given_up", "", "")
    send_due(datetime.max.replace(tzinfo=timezone.get_current_timezone(), year=2099))
    assert mail.outbox == []
