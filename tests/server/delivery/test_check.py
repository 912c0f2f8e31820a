"""The check for beauty filters before packaging: nothing is packed before it ran and every finding is decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.errors import Problem
from server.audit.models import Action as AuditAction
from server.audit.models import Event
from server.core.api_errors import ApiError
from server.delivery import check_jobs
from server.delivery.check_decisions import decide, pack_unchecked
from server.delivery.check_findings import decided_findings, open_findings
from server.delivery.check_jobs import LOST_AFTER, MAX_ATTEMPTS, resume_checks, run_slice
from server.delivery.check_models import Decision, DeliveryCheck, PortraitCheck
from server.delivery.creation import create_delivery, package_for_chsi
from server.delivery.models import Delivery, Status
from server.delivery.planning import make_plan
from server.members.models import Role as Member
from server.members.scope import set_scope
from server.privacy.erasure import erase_rows
from server.records.models import Campaign, School
from server.records.scope import EVERYTHING, Scope
from server.submissions.models import Submission
from server.submissions.revocation import dismiss_proposal
from server.submissions.revocation_models import RevocationProposal
from server.submissions.states import State
from tests.server.delivery.conftest import FakeEngine, checked, options_of, packed, portrait_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_parts")]
LOOK = {"level": "look", "score": 0.81, "evidence": [["smooth", "0.81"]]}
MISSING = Problem("retouch_page.engine_missing")
STOPPED = Problem("retouch_page.engine_stopped")


@pytest.fixture
def client(lan: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(lan)
    return client


@pytest.fixture
def administrator(db: None) -> User:
    user = User.objects.create_user("zhou")
    set_scope(user, EVERYTHING, Member.ADMINISTRATOR)
    return user


def plan_delivery(campaign: Campaign, user: Any, key: str = "one") -> Delivery:
    options, now = options_of(), timezone.now()
    return create_delivery(campaign, options, key, make_plan(campaign, options, user, now).fingerprint, user, now)


def three_portraits(campaign: Campaign) -> list[Submission]:
    return [portrait_of(campaign, student={"student_no": f"00{number}"}) for number in range(3)]


def findings_of(delivery: Delivery) -> list[int]:
    return list(open_findings(delivery).values_list("pk", flat=True))


def test_nothing_is_packed_before_the_check_and_every_decision(campaign: Campaign, lan: User) -> None:
    one, two, _ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    assert DBTaskResult.objects.get().task_path == "server.delivery.check_jobs.check_portraits"
    assert packed_status(delivery) == Status.WAITING.value
    engine = FakeEngine({str(one.portrait_sha256): LOOK, str(two.portrait_sha256): {**LOOK, "score": 0.9}})
    checked(delivery, engine)
    assert len(engine.requests) == 3
    assert packed_status(delivery) == Status.WAITING.value
    first, second = findings_of(delivery)
    assert PortraitCheck.objects.get(pk=first).submission == two, "the higher score comes first"
    decide(delivery, [first], Decision.KEEP, "looked at it", lan, timezone.now())
    assert packed_status(delivery) == Status.WAITING.value
    decide(delivery, [second], Decision.KEEP, "looked at it", lan, timezone.now())
    assert packed_status(delivery) == Status.READY.value
    assert DeliveryCheck.objects.get().summary == {
        "checked": 3, "unable": 0, "kept": 2, "removed": 0, "proposed": 0,
    }  # fmt: skip


def packed_status(delivery: Delivery) -> str:
    """Run the packaging job, which only the check queues, and return the status after it."""
    from server.delivery.jobs import run

    run(delivery.pk, timezone.now())
    delivery.refresh_from_db()
    return delivery.status


def test_a_portrait_that_is_taken_out_waits_for_the_next_delivery(campaign: Campaign, lan: User) -> None:
    one, *others = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    decide(delivery, findings_of(delivery), Decision.REMOVE, "skin looks painted", lan, timezone.now())
    assert packed_status(delivery) == Status.READY.value
    assert {item.submission for item in delivery.items.filter(left_out_at=None)} == set(others)
    one.refresh_from_db()
    assert one.state == State.CONFIRMED.value
    assert one.history.latest("id").comment == "skin looks painted"
    assert DeliveryCheck.objects.get().summary["removed"] == 1
    again = plan_delivery(campaign, lan, "two")
    engine = FakeEngine()
    checked(again, engine)
    assert engine.requests == [], "the same bytes are not measured twice"
    assert [finding.submission for finding in open_findings(again)] == [one], "and need another decision"
    assert decided_findings(delivery).count() == 1


def test_a_revocation_is_proposed_and_two_administrators_decide(
    campaign: Campaign, lan: User, administrator: User
) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    decide(delivery, findings_of(delivery), Decision.REVOKE, "beauty app", lan, timezone.now())
    assert RevocationProposal.objects.get().findings == ["beautified"]
    one.refresh_from_db()
    assert one.state == State.CONFIRMED.value, "one person cannot revoke it"
    plan = make_plan(campaign, options_of(), lan, timezone.now())
    assert [(refusal.student, refusal.reason.key) for refusal in plan.refusals] == [
        (one.student, "delivery.revocation_open")
    ]
    dismiss_proposal(one, administrator, timezone.now())
    assert [row.submission for row in make_plan(campaign, options_of(), lan, timezone.now()).rows] == [one]
    again = checked(plan_delivery(campaign, lan, "two"))
    decide(again, findings_of(again), Decision.REVOKE, "again", lan, timezone.now())
    assert RevocationProposal.objects.get().dismissed_by is None, "a person may propose what was dismissed"


def test_unsure_is_no_finding(campaign: Campaign, lan: User) -> None:
    one, two, _ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    unable = {"unable": "little_skin"}
    checked(delivery, FakeEngine({str(one.portrait_sha256): unable, str(two.portrait_sha256): {**LOOK, **unable}}))
    assert [finding.submission for finding in open_findings(delivery)] == [two], "a finding stays a finding"
    assert PortraitCheck.objects.get(submission=one).level == "unable"


def test_a_sign_in_the_phones_file_counts_for_the_portrait(campaign: Campaign, lan: User) -> None:
    strong = {"level": "strong", "score": 0.95, "evidence": [["beauty_app", "Meitu"]]}
    by_phone = portrait_of(campaign, source="album", envelope={"origin": {"suspicion": strong}})
    portrait_of(campaign, source="album", envelope={"origin": {"suspicion": {**strong, "level": "look"}}})
    delivery = checked(plan_delivery(campaign, lan))
    [finding] = open_findings(delivery)
    assert (finding.submission, finding.level, finding.score) == (by_phone, "strong", 0.95)
    assert finding.evidence == [["beauty_app", "Meitu"]]


def test_without_the_engine_it_stops_until_a_person_acts(campaign: Campaign, lan: User, client: Client) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    page, sha256 = f"/delivery/packages/{delivery.pk}/", str(one.portrait_sha256)
    checked(delivery, FakeEngine({sha256: [MISSING]}))
    assert DeliveryCheck.objects.get().status == "stopped"
    assert resume_checks(timezone.now() + 9 * LOST_AFTER) == 0, "it would stop again"
    assert packed_status(delivery) == Status.WAITING.value
    assert "photo engine is not installed" in client.get(page).content.decode()
    client.post(f"{page}check/again")
    assert DeliveryCheck.objects.get().status == "waiting"
    assert checked(delivery).status == Status.QUEUED.value


def test_packing_without_the_check_needs_a_reason_and_is_stated(campaign: Campaign, lan: User, client: Client) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    page = f"/delivery/packages/{delivery.pk}/"
    client.post(f"{page}check/skip", {"reason": "no engine"})
    assert packed_status(delivery) == Status.WAITING.value, "only if the check stopped"
    checked(delivery, FakeEngine({str(one.portrait_sha256): [MISSING]}))
    with pytest.raises(ApiError):
        pack_unchecked(delivery, " ", lan, timezone.now())
    client.post(f"{page}check/skip", {"reason": "no engine here"})
    assert packed_status(delivery) == Status.READY.value
    text = client.get(page).content.decode()
    assert text.count("Packed without the check by lan: no engine here") == 2, "with the files and at the hand-over"
    assert Event.objects.filter(action=AuditAction.DELIVERY_UNCHECKED, subject=f"delivery {delivery.pk}").count() == 1
    client.post(f"{page}hand-over", {"to": "Li"})
    assert Event.objects.get(action=AuditAction.DELIVERY_HANDED_OVER).details["check"] == "skipped"


def test_a_stopped_check_with_an_open_finding_is_not_skipped(campaign: Campaign, lan: User) -> None:
    one, two, _ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK, str(two.portrait_sha256): [MISSING]}))
    with pytest.raises(Problem) as refused:
        pack_unchecked(delivery, "no engine", lan, timezone.now())
    assert refused.value.key == "delivery.check_undecided"


def test_a_failing_engine_is_tried_again_and_no_portrait_passes_silently(campaign: Campaign, lan: User) -> None:
    one, *_ = three_portraits(campaign)
    delivery, sha256 = plan_delivery(campaign, lan), str(one.portrait_sha256)
    engine = FakeEngine({sha256: [STOPPED] * (MAX_ATTEMPTS + 1)})
    for _ in range(MAX_ATTEMPTS):
        checked(delivery, engine)
        assert not PortraitCheck.objects.filter(submission=one).exists()
    checked(delivery, engine)
    assert PortraitCheck.objects.values_list("level", "unable").get(submission=one) == ("unable", "engine_failed")
    assert PortraitCheck.objects.count() == 3
    assert delivery.status == Status.QUEUED.value


def test_a_damaged_file_is_not_measured_and_never_packed(campaign: Campaign, lan: User) -> None:
    one, *_ = three_portraits(campaign)
    Submission.objects.filter(pk=one.pk).update(portrait_sha256="9" * 64)
    delivery = checked(plan_delivery(campaign, lan))
    assert PortraitCheck.objects.get(level="unable").unable == "unreadable"
    assert packed_status(delivery) == Status.FAILED.value


class Killed(BaseException):
    """Raised where the process is killed."""


@pytest.mark.parametrize("moment", range(8))
def test_the_check_continues_after_a_kill_at_any_moment(
    moment: int, campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_portraits(campaign)
    delivery, engine, remaining = plan_delivery(campaign, lan), FakeEngine(), [moment]

    def with_kill(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            remaining[0] -= 1
            if remaining[0] == -1:
                raise Killed
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(check_jobs, "ENGINE", engine)
    for name in ("_assess", "_store", "_change", "pack_if_decided"):
        monkeypatch.setattr(check_jobs, name, with_kill(getattr(check_jobs, name)))
    with pytest.raises(Killed):
        run_slice(delivery.pk, timezone.now())
    count_before = PortraitCheck.objects.count()
    assert resume_checks(timezone.now()) == 0, "it may still be running"
    later = timezone.now() + LOST_AFTER + timedelta(seconds=1)
    assert resume_checks(later) == 1
    run_slice(delivery.pk, later)
    delivery.refresh_from_db()
    assert (delivery.status, PortraitCheck.objects.count()) == (Status.QUEUED.value, 3)
    assert len(engine.requests) <= 4, "stored portraits are not measured again"
    assert count_before <= 3


def test_the_check_runs_in_slices(campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    three_portraits(campaign)
    delivery, clock = plan_delivery(campaign, lan), iter(range(0, 1000, 3))
    monkeypatch.setattr(check_jobs.time, "monotonic", lambda: float(next(clock)))
    checked(delivery)
    assert PortraitCheck.objects.count() == 1, "3 s of 5 have passed when the first one is started"
    assert DeliveryCheck.objects.get().status == "waiting"
    tasks = DBTaskResult.objects.filter(task_path="server.delivery.check_jobs.check_portraits")
    assert set(tasks.values_list("queue_name", "priority")) == {("engine", -50)}, "after the proofs of students"
    for _ in range(3):
        checked(delivery)
    assert delivery.status == Status.QUEUED.value


def test_a_worker_that_was_replaced_changes_nothing(
    campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_portraits(campaign)
    delivery, engine = plan_delivery(campaign, lan), FakeEngine()
    request = engine.request

    def request_of_replaced_worker(*args: Any) -> dict[str, Any]:
        DeliveryCheck.objects.update(worker="another")
        return request(*args)

    monkeypatch.setattr(engine, "request", request_of_replaced_worker)
    checked(delivery, engine)
    assert (len(engine.requests), PortraitCheck.objects.count()) == (1, 0)
    assert DeliveryCheck.objects.get().worker == "another"


def test_the_clerk_sees_each_finding_and_decides_several(campaign: Campaign, lan: User, client: Client) -> None:
    one, two, third = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    answers = {str(one.portrait_sha256): LOOK, str(two.portrait_sha256): {**LOOK, "level": "strong"}}
    checked(delivery, FakeEngine({**answers, str(third.portrait_sha256): {"unable": "no_face"}}))
    page = f"/delivery/packages/{delivery.pk}/check"
    assert "Findings without a decision: 2" in client.get(f"/delivery/packages/{delivery.pk}/live").content.decode()
    text = client.get(page).content.decode()
    assert "score 0.81 of 1" in text
    assert "The skin may have been smoothed (0.81 of 1)" in text
    assert "No single face was found" in text
    first, second = findings_of(delivery)
    assert b"".join(client.get(f"{page}/{first}.jpg")) == b"".join([picture_of(two)])
    assert Event.objects.filter(action=AuditAction.IMAGE_VIEWED, subject=two.pk).count() == 1
    for sent in (
        {"decision": "keep", "reason": "fine"},
        {"finding": first, "reason": "fine"},
        {"finding": first, "decision": "keep", "reason": " "},
        {"finding": 10**9, "decision": "keep", "reason": "fine"},
        {"finding": first, "decision": "burn", "reason": "fine"},
    ):
        assert client.post(page, sent).status_code == 422, sent
    assert len(findings_of(delivery)) == 2
    sent = {"finding": [first, second], "decision": "keep", "reason": "phone's own noise reduction"}
    assert client.post(page, sent).headers["Location"] == f"/delivery/packages/{delivery.pk}/"
    events = Event.objects.filter(action=AuditAction.DELIVERY_FINDING_DECIDED)
    assert {event.subject for event in events} == {one.pk, two.pk}
    assert {event.details["decision"] for event in events} == {"keep"}
    assert "noise reduction" not in str([event.details for event in events]), "the log does not contain the reason"
    assert client.post(page, sent).status_code == 422, "a second press changes nothing"
    assert packed_status(delivery) == Status.READY.value
    assert (
        "3 portraits, 1 not measurable. Findings: 2 kept"
        in client.get(f"/delivery/packages/{delivery.pk}/").content.decode()
    )
    client.post(f"/delivery/packages/{delivery.pk}/hand-over", {"to": "Li"})
    details = Event.objects.get(action=AuditAction.DELIVERY_HANDED_OVER).details
    assert (details["check"], details["checked"], details["kept"]) == ("done", 3, 2)


def picture_of(submission: Submission) -> bytes:
    from server.submissions.store import picture_store

    return picture_store().path(submission.portrait_sha256 or "").read_bytes()


@pytest.mark.parametrize(
    ("role", "schools", "status"), [(Member.DELIVERY, ("99002",), 404), (Member.REVIEWER, ("99001", "99002"), 403)]
)
def test_findings_are_for_the_delivery_of_their_own_school_only(
    role: Member, schools: tuple[str, ...], status: int, campaign: Campaign, lan: User, client: Client
) -> None:
    School.objects.create(code="99002", name="他校")
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    [finding] = findings_of(delivery)
    pages = [f"/delivery/packages/{delivery.pk}/{part}" for part in ("check", f"check/{finding}.jpg")]
    assert [client.get(path).status_code for path in pages] == [200, 200], "control: the delivery's own school"
    set_scope(lan, Scope())
    set_scope(lan, Scope(), Member.DELIVERY)
    set_scope(lan, Scope(schools=schools), role)
    assert [client.get(path).status_code for path in pages] == [status, status]
    sent = {"finding": finding, "decision": "keep", "reason": "fine"}
    for part in ("check", "check/again", "check/skip"):
        assert client.post(f"/delivery/packages/{delivery.pk}/{part}", sent).status_code == status, part
    assert findings_of(delivery) == [finding], "nothing was decided"


def test_the_package_for_chsi_waits_for_the_check(campaign: Campaign, lan: User) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    with pytest.raises(Problem) as refused:
        package_for_chsi(delivery, lan, timezone.now())
    assert refused.value.key == "delivery.check_first"
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    decide(delivery, findings_of(delivery), Decision.KEEP, "fine", lan, timezone.now())
    engine = FakeEngine()
    package = checked(package_for_chsi(packed(delivery), lan, timezone.now()), engine)
    assert (package.status, engine.requests) == (Status.QUEUED.value, []), "the same portraits are not checked again"


def test_a_delivery_from_before_the_check_is_marked_as_unchecked(campaign: Campaign, lan: User, client: Client) -> None:
    three_portraits(campaign)
    delivery = packed(plan_delivery(campaign, lan))
    DeliveryCheck.objects.all().delete()
    assert "planned before there was a check" in client.get(f"/delivery/packages/{delivery.pk}/").content.decode()


def test_a_portrait_that_was_revoked_meanwhile_can_still_be_decided(campaign: Campaign, lan: User) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    Submission.objects.filter(pk=one.pk).update(state=State.REVOKED.value)
    decide(delivery, findings_of(delivery), Decision.REMOVE, "revoked", lan, timezone.now())
    assert packed_status(delivery) == Status.READY.value


def test_the_erasure_deletes_the_measurement(campaign: Campaign, lan: User) -> None:
    one, *_ = three_portraits(campaign)
    delivery = plan_delivery(campaign, lan)
    checked(delivery, FakeEngine({str(one.portrait_sha256): LOOK}))
    erase_rows([one.student_id], timezone.now())
    assert not PortraitCheck.objects.filter(submission=one).exists()
    assert PortraitCheck.objects.count() == 2
