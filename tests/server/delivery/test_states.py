"""The state file of CHSI: reading, preview, execution, and the student's page afterwards."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from config.errors import Problem
from server.audit.models import Action, Event
from server.clerk import uploads
from server.delivery.models import UploadState
from server.delivery.state_file import FileState, read_states
from server.members.models import Role
from server.notices.models import Notice
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.clerk.conftest import client_of
from tests.server.delivery.conftest import portrait_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(lan: User, tmp_path: Any, settings: Any) -> Client:
    settings.DATA = tmp_path
    client = Client(headers={"accept-language": "en"})
    client.force_login(lan)
    return client


def table(*lines: str, header: str = "学号,状态,原因") -> bytes:
    return ("\n".join((header, *lines)) + "\n").encode()


def upload(client: Client, campaign: Campaign, content: bytes) -> Any:
    return client.post(f"/delivery/{campaign.pk}/states", {"file": SimpleUploadedFile("结果.csv", content)})


def preview(client: Client, campaign: Campaign, content: bytes) -> tuple[str, str]:
    """Upload a file; return the address of its preview and the page."""
    answer = upload(client, campaign, content)
    assert answer.status_code == 302, answer.content.decode()
    address = answer.headers["Location"]
    return address, client.get(address).content.decode()


def confirm(client: Client, address: str, page: str) -> Any:
    [fingerprint] = re.findall(r'name="fingerprint" value="(\w+)"', page)
    return client.post(address, {"fingerprint": fingerprint})


def create_submission(campaign: Campaign, number: str, state: State = State.QUEUED) -> Submission:
    return portrait_of(campaign, state, student={"student_no": number, "state": "captured"})


def state_of(submission: Submission) -> str:
    return Submission.objects.get(pk=submission.pk).state


def test_states_in_the_words_of_offices_are_recognized() -> None:
    lines = read_states(table("1,采集成功，学信网可查".replace("，", "、"), "2,审核不通过,背景", "3, 已上传 ", "4,???"))
    assert [line.state for line in lines] == [FileState.PUBLISHED, FileState.REFUSED, FileState.UPLOADED, None]
    with pytest.raises(Problem) as problem:
        read_states(table("1", header="学号"))
    assert problem.value.key == "delivery.state_columns"


def test_of_several_columns_of_one_kind_the_filled_one_counts() -> None:
    """A file may have 不通过原因 and 备注, of which the second is mostly empty."""
    header = "学号（必填）,上传状态*,结果,不通过原因,备注"
    lines = read_states(
        table("1,上传成功,不通过,背景,", "2,上传成功,,,", "3,,采集成功,,好", "4,采集成功,不通过,背景,", header=header)
    )
    assert [(line.state, line.reason) for line in lines] == [
        (FileState.REFUSED, "背景"),
        (FileState.UPLOADED, ""),
        (FileState.PUBLISHED, "好"),
        (None, "背景"),
    ]
    assert lines[3].word == "采集成功 / 不通过"


def test_numbers_are_read_as_in_a_roster() -> None:
    lines = read_states(
        table('"=""0022001""",已上传,', "'0022002,已上传,", "００２２００３,已上传,", "22004.0,已上传,")
    )
    assert [line.student_no for line in lines] == ["0022001", "0022002", "0022003", "22004"]


def test_a_stored_file_without_states_leads_back(client: Client, campaign: Campaign, lan: User) -> None:
    stored = uploads.store(lan.pk, campaign.pk, "名单.csv", "姓名,身份证号\n".encode())
    answer = client.get(f"/delivery/{campaign.pk}/states/{stored.id}", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [(f"/delivery/{campaign.pk}/states", 302)])


@pytest.mark.process
def test_a_workbook_is_read_too() -> None:
    book = Workbook()
    book.active.append(["上网结果"])
    book.active.append(["考生号", "上网状态"])
    book.active.append(["26990010000001", "已上网"])
    out = io.BytesIO()
    book.save(out)
    [line] = read_states(out.getvalue())
    assert (line.line, line.number, line.state) == (3, "26990010000001", FileState.PUBLISHED)


def test_the_file_is_shown_first_and_carried_out_once(client: Client, campaign: Campaign) -> None:
    published, uploaded, refused = (create_submission(campaign, number) for number in ("1", "2", "3"))
    content = table("1,学信网可查", "2,已上传", "3,不通过,背景有阴影")
    address, page = preview(client, campaign, content)
    assert [state_of(one) for one in (published, uploaded, refused)] == ["queued"] * 3
    assert "背景有阴影" in page
    assert confirm(client, address, page).status_code == 302
    assert [state_of(one) for one in (published, uploaded, refused)] == ["published", "queued", "rejected"]
    assert [row.submission for row in UploadState.objects.all()] == [uploaded]
    assert Submission.objects.get(pk=refused.pk).comment == "背景有阴影"
    assert Student.objects.get(student_no="3").state == "expected"
    assert Student.objects.get(student_no="3").resubmit_until is not None
    assert set(Notice.objects.values_list("event", flat=True)) == {"published", "rejected"}
    event = Event.objects.get(action=Action.UPLOAD_STATES_IMPORTED)
    assert (event.details["done"], event.details["published"], event.details["refused"]) == (3, 1, 1)
    assert client.get(address).status_code == 404, "the file is deleted"
    _, again = preview(client, campaign, table("1,学信网可查", "2,已上传"))
    assert "This file changes nothing" in again


def test_lines_that_cannot_be_carried_out_are_listed(client: Client, campaign: Campaign) -> None:
    create_submission(campaign, "1")
    create_submission(campaign, "2", State.CONFIRMED)
    create_submission(campaign, "3", State.PUBLISHED)
    create_submission(campaign, "7")
    lines = (
        "1,不通过,",
        "2,学信网可查",
        "3,不通过,错",
        "9,学信网可查",
        ",学信网可查",
        "7,学信网可查",
        "7,已上传",
        "8,想",
    )
    _, page = preview(client, campaign, table(*lines))
    for sentence in (
        "needs a reason", "is not delivered", "on CHSI already", "No student of this campaign", "has no student number",
        "more than once", "is not a known state",
    ):  # fmt: skip
        assert sentence in page, sentence
    assert "This file changes nothing" in page


def test_a_change_after_the_preview_is_shown_again(client: Client, campaign: Campaign) -> None:
    submission = create_submission(campaign, "1")
    address, page = preview(client, campaign, table("1,学信网可查"))
    Submission.objects.filter(pk=submission.pk).update(state=State.REVOKED.value)
    assert confirm(client, address, page).status_code == 409
    assert state_of(submission) == "revoked"


def test_many_are_published_with_a_few_statements(
    client: Client, campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    numbers = [str(number) for number in range(100, 112)]
    for number in numbers:
        create_submission(campaign, number)
    address, page = preview(client, campaign, table(*(f"{number},已上网" for number in numbers)))
    with django_assert_max_num_queries(24 + 8 * len(numbers)):  # several for each notice
        confirm(client, address, page)
    assert Submission.objects.filter(state=State.PUBLISHED.value).count() == len(numbers)


def test_a_file_of_another_campaign_or_person_is_not_shown(client: Client, campaign: Campaign) -> None:
    create_submission(campaign, "1")
    address, _ = preview(client, campaign, table("1,学信网可查"))
    stranger = client_of("other", EVERYTHING, Role.DELIVERY)
    assert stranger.get(address).status_code == 404
    assert upload(client, campaign, b"").status_code == 422


@pytest.mark.parametrize(
    ("state", "uploaded", "sentences"),
    [
        (State.QUEUED, False, []),
        (State.QUEUED, True, ["Your photo was uploaded to CHSI"]),
        (
            State.PUBLISHED,
            False,
            ["Done: your photo is on CHSI", "毕业证书图像校对", 'href="https://www.chsi.com.cn/"'],
        ),
    ],
)
def test_the_student_sees_the_progress(
    state: State, uploaded: bool, sentences: list[str], campaign: Campaign, lan: User
) -> None:
    submission = create_submission(campaign, "1", state)
    if uploaded:
        UploadState.objects.create(submission=submission, uploaded_at=submission.received_at, recorded_by=lan)
    page = Client(headers={"accept-language": "en"}).get(f"/p/{submission.student.progress_token}").content.decode()
    for sentence in sentences:
        assert sentence in page
    assert ('id="chsi"' in page) == (state is State.PUBLISHED)
