"""The public pages of proofs, without a sign-in."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.capture.proof.keys import read_key_file
from kiosk.capture.proof.verification import Trust, verify_proof
from server.delivery.models import Delivery
from server.delivery.own_file import make_link
from server.delivery.packaging import path_of
from server.proof.issuing import Issuer, proof_of
from server.proof.models import PortraitStatement
from server.proof.school_key import school_public_keys
from server.records.models import Campaign, Student
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.delivery.conftest import lan, options_of, packed, plan_and_create, portrait_of
from tests.server.proof.conftest import signed_recipe, submit
from tests.server.station_client import Visit

__all__ = ["lan"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def submission(submit_signed: Callable[..., Submission]) -> Submission:
    return submit_signed()


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def portrait_bytes(submission: Submission) -> bytes:
    return picture_store().path(submission.portrait_sha256 or "").read_bytes()


def proof_file(submission: Submission) -> bytes:
    return proof_of(submission, Issuer.now(timezone.now()))


def upload(client: Client, portrait: bytes | str, proof: bytes | None = None, address: str = "/proof/") -> str:
    """Send the form: the portrait as a file, or its hash as the page's script does."""
    fields: dict[str, Any] = {"portrait": io.BytesIO(portrait)} if isinstance(portrait, bytes) else {"sha256": portrait}
    if proof is not None:
        fields["proof"] = io.BytesIO(proof)
    answer = client.post(address, fields)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_portrait_with_its_proof(client: Client, submission: Submission) -> None:
    portrait, proof = portrait_bytes(submission), proof_file(submission)
    assert "The station “一号站” made exactly this file" in upload(client, portrait, proof)
    assert "Nothing was done to it besides" in upload(client, hashlib.sha256(portrait).hexdigest(), proof)


def test_a_proof_outlives_its_record(client: Client, submission: Submission) -> None:
    portrait, proof = portrait_bytes(submission), proof_file(submission)
    PortraitStatement.objects.all().delete()
    assert "made exactly this file" in upload(client, portrait, proof)
    assert "has no proof of this file" in upload(client, portrait)


def test_a_portrait_alone_is_found_by_its_hash(client: Client, submission: Submission) -> None:
    page = upload(client, portrait_bytes(submission))
    assert "made exactly this file" in page
    assert submission.student.masked_name not in page


def test_one_changed_pixel_fails(client: Client, submission: Submission) -> None:
    changed = bytearray(portrait_bytes(submission))
    changed[-20] ^= 1
    for proof in (proof_file(submission), None):
        page = upload(client, bytes(changed), proof)
        assert "made exactly this file" not in page
        assert 'class="card answer failed"' in page


@pytest.mark.parametrize("content", [b"", b"{}", b"\x89PNG\r\n" + bytes(3000), b"[" * 50_000])
def test_nothing_that_is_sent_is_decoded(
    client: Client, submission: Submission, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object, **__: object) -> None:
        pytest.fail("a foreign picture was decoded")

    monkeypatch.setattr(IsolatedDecoder, "preview", decode)
    assert 'class="card answer failed"' in upload(client, content or b"-", content or b"-")


@pytest.mark.parametrize("sha256", ["", "A" * 64, "0" * 63, "../../etc/passwd"])
def test_a_form_without_a_portrait_is_refused(client: Client, sha256: str) -> None:
    assert "No portrait was chosen" in upload(client, sha256)


def test_the_page_of_a_code(client: Client, submission: Submission) -> None:
    row, portrait = PortraitStatement.objects.get(), portrait_bytes(submission)
    address = f"/proof/{row.code}"
    page = client.get(address).content.decode()
    assert "Compare your file with it below" in page
    assert submission.student.masked_name not in page
    assert "made exactly this file" in upload(client, portrait, address=address)
    assert "belongs to another file" in upload(client, "0" * 64, proof_file(submission), address)
    assert client.get("/proof/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_a_simulated_portrait_is_marked(client: Client, registered: Any, student: Student) -> None:
    visit = Visit.of(student)
    row = submit(visit.with_changes(recipe=signed_recipe(visit, simulated=True)), registered)
    page = upload(client, portrait_bytes(row))
    assert 'class="card answer simulated"' in page
    assert "SIMULATED" in page


def test_the_result_is_in_chinese_too(submission: Submission) -> None:
    page = upload(Client(headers={"accept-language": "zh-CN"}), portrait_bytes(submission))
    assert "这个文件由采集站“一号站”" in page


@pytest.mark.parametrize(("signed", "shown"), [(True, "valid"), (False, "not valid: it belongs to another portrait")])
def test_the_reviewer_reads_whether_the_signature_is_valid(
    registered: Any, student: Student, reviewer: tuple[str, str], signed: bool, shown: str
) -> None:
    visit = Visit.of(student)
    recipe = signed_recipe(visit, simulated=True)
    row = submit(visit.with_changes(recipe=recipe if signed else {**recipe, "crop": {}}), registered)
    client = Client(headers={"accept-language": "en"})
    client.login(username=reviewer[0], password=reviewer[1])
    page = client.get(f"/review/{row.pk}/").content.decode()
    assert shown in page.split('id="signature"')[1].split("</dd>")[0]


def test_tries_are_limited(client: Client, settings: Any, db: None) -> None:
    throttle = settings.APP.throttle.model_copy(update={"proofs_per_address": 2})
    settings.APP = settings.APP.model_copy(update={"throttle": throttle})
    answers = [client.post("/proof/", {"sha256": "0" * 64}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_the_public_keys_verify_offline(client: Client, submission: Submission) -> None:
    keys = read_key_file(client.get("/proof/school.pub").content)
    assert keys == school_public_keys()
    assert verify_proof(submission.portrait_sha256 or "", proof_file(submission), Trust(keys))
    assert client.get("/proof/revoked.json").headers["Content-Type"] == "application/json"


def test_the_student_gets_the_proof_with_the_file(client: Client, submission: Submission) -> None:
    Submission.objects.update(state=State.CONFIRMED.value)
    submission.refresh_from_db()
    link = make_link(submission)
    page = client.get(f"/f/{link}/").content.decode()
    code = PortraitStatement.objects.get().code
    assert f"http://testserver/proof/{code}" in page
    answer = client.get(f"/f/{link}/proof.json")
    assert "20220001.proof.json" in answer.headers["Content-Disposition"]
    file = client.get(f"/f/{link}/full.jpg").content
    assert verify_proof(hashlib.sha256(file).hexdigest(), answer.content, Trust(school_public_keys()))
    Submission.objects.update(state=State.REVOKED.value)
    assert client.get(f"/f/{link}/proof.json").status_code == 404


def test_the_page_of_a_file_without_a_proof_offers_none(client: Client, campaign: Campaign) -> None:
    link = make_link(portrait_of(campaign))
    assert "/proof/" not in client.get(f"/f/{link}/").content.decode()
    assert client.get(f"/f/{link}/proof.json").status_code == 404


def members(delivery: Delivery) -> dict[str, bytes]:
    """Return name and content of all files in the packages."""
    contents = {}
    for file in delivery.files.all():
        with zipfile.ZipFile(path_of(file)) as archive:
            contents.update({name: archive.read(name) for name in archive.namelist()})
    return contents


def test_a_package_has_the_proof_of_each_portrait(
    submit_signed: Callable[..., Submission], campaign: Campaign, lan: User, tmp_path: Path
) -> None:
    Campaign.objects.update(simulated=False)
    campaign.refresh_from_db()
    submission = submit_signed()
    Submission.objects.update(state=State.CONFIRMED.value)
    unsigned = portrait_of(campaign, student={"student_no": "77"})
    files = members(packed(plan_and_create(campaign, lan, options_of("{xh}.jpg", with_proofs=True))))
    keys = read_key_file(files["proof/school.pub"])
    name = submission.student.student_no
    portrait = hashlib.sha256(files[f"{name}.jpg"]).hexdigest()
    assert verify_proof(portrait, files[f"proof/{name}.proof.json"], Trust(keys)).certificate.holder_name == "一号站"
    assert files["proof/without-proof.txt"].decode() == f"{unsigned.student.student_no}.jpg\n"
    assert "proof" not in files["SHA256SUMS"].decode()


def test_a_package_has_no_proofs_unless_they_are_chosen(campaign: Campaign, lan: User, db: None) -> None:
    Campaign.objects.update(simulated=False)
    campaign.refresh_from_db()
    portrait_of(campaign)
    assert not [name for name in members(packed(plan_and_create(campaign, lan))) if name.startswith("proof")]
