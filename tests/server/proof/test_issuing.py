"""From a station's statement to the proof that a third party verifies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.errors import Problem
from config.i18n import Message
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.verification import ConfirmedPortrait, Trust, read_revocations, verify_proof
from server.audit.models import Action, Event
from server.proof.issuing import Issuer, proof_of, trust_of_school
from server.proof.models import PortraitStatement, Result, SchoolKey, StationKey
from server.proof.school_key import school_key, school_public_keys
from server.proof.statements import sign_retouched, statement_of
from server.proof.station_keys import MAX_KEYS, revocation_file, revoke_since
from server.records.models import Campaign, Student
from server.secrets.key_store import KeyStore
from server.stations.models import Station
from server.stations.pairing import revoke
from server.submissions.models import Submission
from server.submissions.sharing import share
from tests.message_checks import assert_sentence
from tests.server.conftest import make_student
from tests.server.proof.conftest import recipe_of, report_key, signed_recipe, submit
from tests.server.station_client import Visit
from tests.server.submissions.test_remote_sender import BY_PHONE

pytestmark = pytest.mark.django_db
OTHER = SigningKey(bytes(32))
Submit = Callable[..., Submission]


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, settings: Any) -> None:
    settings.KEY_STORE = KeyStore(tmp_path / "proof-keys")


@pytest.fixture
def campaign(campaign: Campaign) -> Campaign:
    Campaign.objects.update(photo_sources=["album"])
    campaign.refresh_from_db()
    return campaign


def verify(submission: Submission) -> ConfirmedPortrait:
    """Verify the proof as a third party, with only the portrait's hash, the proof and the public keys."""
    proof = proof_of(submission, Issuer.now(timezone.now()))
    return verify_proof(submission.portrait_sha256 or "", proof, trust_of_school())


def refusal(submission: Submission) -> str:
    with pytest.raises(Problem) as problem:
        proof_of(submission, Issuer.now(timezone.now()))
    assert_sentence(Message(problem.value.key, problem.value.values), problem.value.key)
    return problem.value.key


def test_a_station_signs_and_the_school_confirms(submit_signed: Submit) -> None:
    submission = submit_signed()
    confirmed = verify(submission)
    assert (confirmed.certificate.holder, confirmed.certificate.holder_name) == ("station", "一号站")
    assert confirmed.statement.original.sha256 == submission.shot_sha256
    assert confirmed.receipt.day == timezone.localdate()
    assert confirmed.standard_only
    assert not confirmed.simulated


def test_the_proof_names_nobody(submit_signed: Submit, student: Student) -> None:
    text = proof_of(submit_signed(), Issuer.now(timezone.now())).decode()
    assert not [one for one in (student.name, student.student_no, student.pk, student.campaign_id) if one in text]
    assert "verdicts" not in text


def test_earlier_stations_send_no_statement(registered: Station, student: Student) -> None:
    submission = submit(Visit.of(student), registered)
    assert refusal(submission) == "proof.none"
    assert not PortraitStatement.objects.exists()


def test_a_key_may_be_reported_after_the_photo(paired: Station, student: Student) -> None:
    visit = Visit.of(student)
    submission = submit(visit.with_changes(recipe=signed_recipe(visit, simulated=True)), paired)
    assert refusal(submission) == "proof.not_certified"
    report_key(paired)
    assert verify(submission).simulated


@pytest.mark.parametrize(
    ("case", "result"),
    [
        ("another recipe", Result.OTHER_PORTRAIT),
        ("another portrait", Result.OTHER_PORTRAIT),
        ("another signature", Result.OTHER_PORTRAIT),
        ("simulated, signed as real", Result.OTHER_PORTRAIT),
        ("nonsense", Result.MALFORMED),
    ],
)
def test_a_wrong_statement_is_recorded_and_the_photo_accepted(
    registered: Station, student: Student, case: str, result: Result
) -> None:
    visit = Visit.of(student, simulated=case.startswith("simulated"))
    good, other = signed_recipe(visit), signed_recipe(Visit.of(student, 2))
    recipe = {
        "another recipe": {**good, "crop": {"left": 1}},
        "another portrait": other,
        "another signature": {**good, "signed": {**good["signed"], "signature": other["signed"]["signature"]}},
        "simulated, signed as real": good,
        "nonsense": {**good, "signed": {"statement": 1}},
    }[case]
    submission = submit(visit.with_changes(recipe=recipe), registered)
    row = statement_of(submission)
    assert row is not None
    assert row.result == result.value
    assert refusal(submission) == "proof.none"


def test_the_server_signs_photos_of_remote_students(student: Student) -> None:
    visit = Visit.of(student, **BY_PHONE)
    submission = submit(visit.with_changes(recipe=recipe_of(visit)), student)
    confirmed = verify(submission)
    assert (confirmed.certificate.holder, confirmed.statement.key) == ("server", school_public_keys()[0])


def test_a_signature_in_a_students_recipe_is_ignored(student: Student) -> None:
    """Only the server signs photos of students; a signature in their recipe does not count."""
    visit = Visit.of(student, **BY_PHONE)
    submission = submit(visit.with_changes(recipe=signed_recipe(visit, OTHER)), student)
    assert verify(submission).certificate.holder == "server"


@pytest.mark.parametrize("program", ["own", "other"])
def test_retouching_is_named_truthfully(submit_signed: Submit, program: str) -> None:
    submission = submit_signed()
    Submission.objects.filter(pk=submission.pk).update(portrait_sha256="b" * 64)
    submission.refresh_from_db()
    strokes = {"parent": {}, "strokes": [{"tool": "remove_spill"}]}
    visit_recipe = {**submission.envelope["recipe"], "repair": strokes, "portrait": {"sha256": "b" * 64, "bytes": 9}}
    sign_retouched(submission, visit_recipe if program == "own" else None, 9, timezone.now())
    confirmed = verify(submission)
    assert not confirmed.standard_only
    assert confirmed.statement.operations[-1] == ("spill_repair" if program == "own" else "other_program")
    assert confirmed.statement.original.sha256 == submission.shot_sha256
    assert submission.statements.count() == 2


def test_the_other_enrolment_has_the_same_proof(submit_signed: Submit, student: Student) -> None:
    submission = submit_signed()
    other = make_student(student.campaign, 2)
    Student.objects.filter(pk=other.pk).update(id_number_hmac=student.id_number_hmac)
    copy = share(submission, other.pk, None, timezone.now())
    assert verify(copy).statement == verify(submission).statement
    assert len(set(PortraitStatement.objects.values_list("code", flat=True))) == 2


def test_proofs_of_before_a_rotation_stay_valid(submit_signed: Submit, settings: Any) -> None:
    submission = submit_signed()
    before, old_keys = proof_of(submission, Issuer.now(timezone.now())), school_public_keys()
    settings.KEY_STORE.replace("proof")
    after, keys = proof_of(submission, Issuer.now(timezone.now())), school_public_keys()
    assert (len(keys), keys[1:]) == (2, old_keys)
    for proof in (before, after):
        assert verify_proof(submission.portrait_sha256 or "", proof, Trust(keys))
    with pytest.raises(Problem, match="current key file"):
        verify_proof(submission.portrait_sha256 or "", after, Trust(old_keys))
    assert SchoolKey.objects.filter(retired_at=None).get().public_key == keys[0]


def test_the_servers_own_statements_survive_a_rotation(student: Student, settings: Any) -> None:
    visit = Visit.of(student, **BY_PHONE)
    submission = submit(visit.with_changes(recipe=recipe_of(visit)), student)
    signed_with = school_public_keys()[0]
    settings.KEY_STORE.replace("proof")
    confirmed = verify(submission)
    assert (confirmed.statement.key, confirmed.certificate.issuer) == (signed_with, school_public_keys()[0])


def test_a_missing_database_row_of_the_key_is_created(settings: Any) -> None:
    """It is missing after an update, and after an older database was restored."""
    public = school_key(timezone.now()).public
    SchoolKey.objects.all().delete()
    assert school_key(timezone.now()).public == public
    assert school_public_keys() == (public,)
    assert Event.objects.filter(action=Action.KEYS_CHANGED, subject="proof").count() == 2


@pytest.mark.parametrize("days", [-1, 0])
def test_the_last_day_of_a_revoked_station(submit_signed: Submit, registered: Station, days: int) -> None:
    """Statements of the day of the revocation are valid, later ones are not."""
    submission = submit_signed()
    revoke(registered, timezone.now() + timedelta(days=days))
    assert (refusal(submission) == "proof.revoked") if days else verify(submission)


def test_a_key_can_be_revoked_since_an_earlier_day(submit_signed: Submit, registered: Station) -> None:
    submission = submit_signed()
    issued = proof_of(submission, Issuer.now(timezone.now()))
    assert revoke_since(registered, timezone.localdate() - timedelta(days=3)) == 1
    assert refusal(submission) == "proof.revoked"
    content = revocation_file(school_key(timezone.now()), timezone.now())
    revoked = read_revocations(content, school_public_keys())
    with pytest.raises(Problem, match="revoked"):
        verify_proof(submission.portrait_sha256 or "", issued, Trust(school_public_keys(), revoked))


def test_a_statement_dated_before_the_pairing_gets_no_proof(submit_signed: Submit) -> None:
    assert refusal(submit_signed(days=-400)) == "proof.other_day"


def test_a_key_is_registered_once(paired: Station) -> None:
    for _ in range(2):
        report_key(paired)
    assert StationKey.objects.get().simulated is False
    report_key(paired, simulated=True)
    assert StationKey.objects.get().simulated is True
    assert Event.objects.filter(action=Action.STATION_CHANGED).count() == 1
    with CaptureQueriesContext(connection) as queries:
        report_key(paired, simulated=True)
    assert len(queries) == 1, "heartbeats come every minute"


def test_a_station_cannot_report_the_key_of_another(registered: Station) -> None:
    other = Station.objects.create(name="二号站", token_hash="y" * 64, paired_at=timezone.now())
    report_key(other, simulated=True)
    report_key(other, OTHER, of=registered.pk)
    report_key(other, OTHER, of="another")
    key = StationKey.objects.get()
    assert (key.station, key.simulated) == (registered, False)


def test_the_keys_of_a_station_are_limited(paired: Station) -> None:
    for number in range(MAX_KEYS + 3):
        report_key(paired, SigningKey(bytes([number]) * 32))
    assert StationKey.objects.count() == MAX_KEYS


def test_a_station_without_camera_is_simulated(paired: Station, student: Student) -> None:
    report_key(paired, simulated=True)
    visit = Visit.of(student, simulated=False)
    submission = submit(visit.with_changes(recipe=signed_recipe(visit)), paired)
    assert verify(submission).simulated
