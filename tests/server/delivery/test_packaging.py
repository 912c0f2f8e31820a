"""The files of a package: complete, equal to the plan, readable by other programs, also after a kill."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import zipfile
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from openpyxl import load_workbook

from server.delivery import encryption, packaging
from server.delivery.creation import package_for_chsi
from server.delivery.jobs import LOST_AFTER, MAX_ATTEMPTS, pack_again, resume_deliveries, run
from server.delivery.models import ENCRYPTION_KEY, Delivery, Encryption, Status
from server.delivery.packaging import folder_of, path_of
from server.records.models import Campaign
from server.secrets.encryption import decrypt
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.store import picture_store
from server.submissions.workflow import apply
from tests.server.delivery.conftest import options_of, packed, plan_and_create, portrait_of
from tests.server.submissions.reviewing import user_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_parts")]
REASONS = (GivenReason("other", "请改正"),)
needs_pyrage = pytest.mark.skipif(find_spec("pyrage") is None, reason="pyrage is not installed")
needs_pyzipper = pytest.mark.skipif(find_spec("pyzipper") is None, reason="pyzipper is not installed")


class Killed(BaseException):
    """Raised where the process is killed; nothing runs after it."""


def contents(delivery: Delivery) -> dict[str, bytes]:
    """Return every file in every zip file of the package."""
    found: dict[str, bytes] = {}
    for file in delivery.files.all():
        assert hashlib.sha256(path_of(file).read_bytes()).hexdigest() == file.sha256
        with zipfile.ZipFile(path_of(file)) as package:
            assert package.testzip() is None
            assert not set(found) & set(package.namelist())
            found.update({name: package.read(name) for name in package.namelist()})
    return found


def assert_equal_to_the_plan(delivery: Delivery) -> None:
    """Assert that the package has exactly the planned portraits, and its folder no other files."""
    assert delivery.status == Status.READY.value
    found = contents(delivery)
    planned = {item.row["name"]: item.portrait_sha256 for item in delivery.items.filter(left_out_at=None)}
    portraits = {name: content for name, content in found.items() if name.endswith(".jpg")}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in portraits.items()} == planned
    sums = found["SHA256SUMS"]
    assert dict(reversed(line.split("  ")) for line in sums.decode().splitlines()) == planned
    assert hashlib.sha256(sums).hexdigest() == delivery.hash_list_sha256
    stored = {file.stored_name for file in delivery.files.all()}
    assert {path.name for path in folder_of(delivery).iterdir()} == stored


def list_of(delivery: Delivery, name: str) -> bytes:
    return contents(delivery)[name]


def test_a_package_has_parts_and_lists(campaign: Campaign, lan: User) -> None:
    for _ in range(5):
        portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    assert_equal_to_the_plan(delivery)
    assert [(file.number, file.portraits) for file in delivery.files.all()] == [(0, 0), (1, 2), (2, 2), (3, 1)]
    day = f"{timezone.localdate(delivery.created_at):%Y%m%d}"
    assert [file.name for file in delivery.files.all()][:2] == [
        f"tstcmp-{day}-lists.zip", f"tstcmp-{day}-portraits-001.zip",
    ]  # fmt: skip
    assert os.stat(folder_of(delivery)).st_mode & 0o077 == 0
    with zipfile.ZipFile(path_of(delivery.files.get(number=1))) as package:
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("moment", range(12))
def test_a_package_is_completed_after_a_kill_at_any_moment(
    moment: int, campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call of the listed functions is a moment; the process is killed in the one with the number `moment`."""
    for _ in range(3):
        portrait_of(campaign)
    delivery = plan_and_create(campaign, lan)
    calls = {"remaining": moment}

    def with_kill(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if calls["remaining"] == 0:
                calls["remaining"] = -1
                raise Killed
            calls["remaining"] -= 1
            return function(*args, **kwargs)

        return call

    for module, name in (
        (packaging, "write_package"), (packaging, "sync_folder"), (packaging, "file_sha256"),
        (packaging, "_record_progress"), (packaging, "_finish"), (encryption, "_entry"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, with_kill(getattr(module, name)))
    with pytest.raises(Killed):
        run(delivery.pk, timezone.now())
    assert Delivery.objects.get(pk=delivery.pk).status == Status.RUNNING.value
    finished = set(delivery.files.values_list("stored_name", flat=True))
    later = timezone.now() + LOST_AFTER + timedelta(seconds=1)
    assert resume_deliveries(later) == 1
    delivery = packed(delivery)
    assert_equal_to_the_plan(delivery)
    assert finished <= set(delivery.files.values_list("stored_name", flat=True)), "finished files are not written again"


def test_two_runs_write_the_package_once(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan))
    before = list(delivery.files.values_list("stored_name", flat=True))
    assert resume_deliveries(timezone.now() + 2 * LOST_AFTER) == 0
    run(delivery.pk, timezone.now())
    assert list(delivery.files.values_list("stored_name", flat=True)) == before


def test_a_worker_that_was_replaced_stops(campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker was only slow: it must not add rows to those of the second."""
    for _ in range(3):
        portrait_of(campaign)
    delivery = plan_and_create(campaign, lan)
    write = packaging.write_package

    def slow(*args: Any) -> None:
        write(*args)
        monkeypatch.setattr(packaging, "write_package", write)
        Delivery.objects.filter(pk=delivery.pk).update(status=Status.QUEUED.value)
        run(delivery.pk, timezone.now())

    monkeypatch.setattr(packaging, "write_package", slow)
    first = packed(delivery)
    assert first.status == Status.READY.value
    assert [file.number for file in first.files.all()] == [0, 1, 2]


def test_a_package_that_never_finishes_fails_with_a_sentence(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = plan_and_create(campaign, lan)
    now = timezone.now() + 2 * LOST_AFTER
    Delivery.objects.filter(pk=delivery.pk).update(status=Status.RUNNING.value, attempts=MAX_ATTEMPTS)
    resume_deliveries(now)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.problem) == (Status.FAILED.value, "delivery.stopped")
    pack_again(delivery, now)
    assert_equal_to_the_plan(packed(delivery))


def test_a_damaged_portrait_is_named_and_never_delivered(campaign: Campaign, lan: User) -> None:
    submission = portrait_of(campaign, student={"name": "王小明"})
    delivery = plan_and_create(campaign, lan)
    picture_store().path(submission.portrait_sha256 or "").write_bytes(b"other bytes")
    delivery = packed(delivery)
    assert (delivery.status, delivery.problem) == (Status.FAILED.value, "delivery.portrait_damaged")
    assert delivery.problem_values == {"name": "王*明"}


def test_a_withdrawn_portrait_is_left_out_of_the_next_packing(campaign: Campaign, lan: User) -> None:
    withdrawn, *_ = [portrait_of(campaign) for _ in range(3)]
    delivery = packed(plan_and_create(campaign, lan))
    administrator = Actor(user=user_in(Role.ADMINISTRATOR))
    apply(withdrawn.pk, Action.DEQUEUE, administrator, timezone.now(), reasons=REASONS)
    assert [item.submission for item in packaging.withdrawn_items(delivery)] == [withdrawn]
    pack_again(delivery, timezone.now())
    delivery = packed(delivery)
    assert_equal_to_the_plan(delivery)
    assert sum(file.portraits for file in delivery.files.all()) == 2
    pack_again(delivery, timezone.now())
    assert Delivery.objects.get().status == Status.READY.value, "nothing has changed"


def test_a_portrait_withdrawn_before_the_packing_stops_it(campaign: Campaign, lan: User) -> None:
    withdrawn = portrait_of(campaign)
    portrait_of(campaign)
    delivery = plan_and_create(campaign, lan)
    Submission.objects.filter(pk=withdrawn.pk).update(state=State.REVOKED.value)
    delivery = packed(delivery)
    assert (delivery.status, delivery.problem) == (Status.FAILED.value, "delivery.items_withdrawn")
    pack_again(delivery, timezone.now())
    assert_equal_to_the_plan(packed(delivery))


def test_the_lists_open_in_office_programs(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign, student={"name": "=HYPERLINK(1)", "student_no": "001", "class_name": "+1班"})
    portrait_of(campaign, student={"name": "王小明", "student_no": "002", "candidate_no": "26990010123456"})
    delivery = packed(plan_and_create(campaign, lan))
    text = list_of(delivery, "portraits.csv")
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row["XM"] for row in rows] == ["'=HYPERLINK(1)", "王小明"]
    assert rows[0]["BH"] == "'+1班"
    assert "SFZH" not in rows[0]
    sheet = load_workbook(io.BytesIO(list_of(delivery, "portraits.xlsx"))).active
    header, first, second = sheet.iter_rows()
    assert [cell.value for cell in header][:4] == ["YXDM", "YXMC", "KSH", "XH"]
    assert "f" not in {cell.data_type for cell in (*first, *second)}, "no formula"
    assert {type(cell.value) for cell in second} <= {str, type(None)}, "numbers are text"
    assert first[4].value == "=HYPERLINK(1)"
    assert second[2].value == "26990010123456"


def test_the_dbf_list_is_read_by_another_program(campaign: Campaign, lan: User, tmp_path: Path) -> None:
    """A name outside GBK is left empty and listed; it is never written with a question mark."""
    dbfread = pytest.importorskip("dbfread")
    portrait_of(campaign, student={"name": "王小明", "student_no": "001"})
    portrait_of(campaign, student={"name": "\U00020bb7田", "student_no": "002", "study_level": "本科" * 4})
    delivery = packed(plan_and_create(campaign, lan, options_of("{xh}.jpg", with_dbf=True)))
    (tmp_path / "portraits.dbf").write_bytes(list_of(delivery, "portraits.dbf"))
    table = dbfread.DBF(tmp_path / "portraits.dbf", load=True)
    assert table.encoding == "cp936"
    records = [dict(record) for record in table]
    assert [record["XM"] for record in records] == ["王小明", ""]
    assert [record["CC"] for record in records] == ["", ""]
    assert [record["XH"] for record in records] == ["001", "002"]
    assert [record["ZPWJ"] for record in records] == ["001.jpg", "002.jpg"]
    assert [record["SHA256"] for record in records] == [item.portrait_sha256 for item in delivery.items.all()]
    assert list_of(delivery, "empty-in-dbf.csv").decode("utf-8-sig").splitlines() == [
        "ROW,COLUMN,VALUE", "2,XM,\U00020bb7田", "2,CC,本科本科本科本科",
    ]  # fmt: skip


@needs_pyrage
def test_age_opens_with_the_secret_key_alone(campaign: Campaign, lan: User) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    for _ in range(3):
        portrait_of(campaign)
    options = options_of(encryption=Encryption.AGE, age_recipient=str(identity.to_public()))
    delivery = packed(plan_and_create(campaign, lan, options))
    assert [file.name.endswith(".zip.age") for file in delivery.files.all()] == [True] * 3
    found: dict[str, bytes] = {}
    for file in delivery.files.all():
        encrypted = path_of(file).read_bytes()
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(encrypted, [pyrage.x25519.Identity.generate()])
        with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(encrypted, [identity]))) as package:
            found.update({name: package.read(name) for name in package.namelist()})
    planned = {item.row["name"]: item.portrait_sha256 for item in delivery.items.all()}
    assert {name: hashlib.sha256(found[name]).hexdigest() for name in planned} == planned
    assert len(list(folder_of(delivery).iterdir())) == 3, "no unencrypted file remains"


@needs_pyzipper
def test_winzip_aes_opens_with_the_password_alone(campaign: Campaign, lan: User) -> None:
    import pyzipper

    submission = portrait_of(campaign)
    delivery = packed(plan_and_create(campaign, lan, options_of("{xh}.jpg", encryption=Encryption.ZIP_AES)))
    password = decrypt(ENCRYPTION_KEY, delivery.password_encrypted)
    name = f"{submission.student.student_no}.jpg"
    with pyzipper.AESZipFile(path_of(delivery.files.get(number=1))) as package:
        with pytest.raises(RuntimeError):
            package.read(name)
        package.setpassword(password.encode())
        assert hashlib.sha256(package.read(name)).hexdigest() == submission.portrait_sha256


def test_packing_without_pyrage_fails_with_a_sentence(
    campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait_of(campaign)
    delivery = plan_and_create(campaign, lan, options_of(encryption=Encryption.AGE, age_recipient="age1x"))
    monkeypatch.setattr(encryption, "find_spec", lambda name: None)
    delivery = packed(delivery)
    assert (delivery.status, delivery.problem) == (Status.FAILED.value, "delivery.package_missing")
    assert delivery.problem_values == {"package": "pyrage"}


def test_chsi_gets_numbers_without_names(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign, student={"name": "王小明", "student_no": "001", "candidate_no": "26"})
    portrait_of(campaign, student={"name": "李雷", "student_no": "", "candidate_no": "27"})
    source = packed(plan_and_create(campaign, lan, options_of("{ksh}.jpg", with_id_number=True)))
    package = package_for_chsi(source, lan, timezone.now())
    assert package_for_chsi(source, lan, timezone.now()) == package, "one for each delivery"
    package = packed(package)
    assert_equal_to_the_plan(package)
    found = contents(package)
    assert {name for name in found if name.endswith(".jpg")} == {"001.jpg", "27.jpg"}
    assert found["portraits.csv"].decode("utf-8-sig").splitlines()[0] == "YXDM,KSH,XH,ZPWJ,SHA256"
    assert not [name for name, content in found.items() if "王".encode() in content]
