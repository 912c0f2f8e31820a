"""Reviewers see only the schools and collections they work for, whatever address they open."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from server.members.models import Membership
from server.members.roles import create_reviewer
from server.members.scope import campaigns_of, can_grant
from server.records.models import Campaign, School, Student
from server.records.scope import EVERYTHING, Scope
from server.stations.models import Station
from server.submissions.models import Submission
from server.submissions.states import State
from tests.paths import ROOT
from tests.server.conftest import make_campaign, make_student
from tests.server.review.test_review_pages import create_received

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SERVER = ROOT / "server"


@pytest.fixture
def foreign(student: Student) -> Submission:
    """A submission of the school that the reviewer does not work for."""
    return create_received(student)


@pytest.fixture
def own_school(db: None) -> School:
    return School.objects.create(code="99002", name="本校")


def client_of(scope: Scope, **rights: Any) -> Client:
    user = create_reviewer("mei", PASSWORD, scope=scope)
    for name in ("is_staff",):
        setattr(user, name, rights.get(name, False))
    user.save()
    if rights.get("is_staff"):  # every permission, but not a superuser
        user.user_permissions.set(Permission.objects.all())
    client = Client()
    assert client.login(username="mei", password=PASSWORD)
    return client


def secrets_of(submission: Submission) -> list[str]:
    """Return the texts that must not appear in any response."""
    student = submission.student
    return [submission.id, student.id, student.masked_name, student.student_no, student.campaign.title, "示范大学"]


def test_no_address_gives_foreign_data(foreign: Submission, own_school: School) -> None:
    for staff in (False, True):
        signed_in = client_of(Scope(schools=(own_school.pk,)), is_staff=staff)
        for address in addresses(foreign):
            client = Client()  # without the messages of the page before
            client.cookies.load(signed_in.cookies.output(header=""))
            for answer in (client.get(address), client.post(address, {"action": "approve", "revision": "0"})):
                body = b"".join(answer) if answer.streaming else answer.content
                text = body.decode("utf-8", "replace")
                secrets = [secret for secret in secrets_of(foreign) if secret not in address]  # which a page may repeat
                leaks = [secret for secret in secrets if secret in text]
                assert not leaks, (address, answer.status_code)
                assert answer.headers["Content-Type"] != "image/jpeg", address
        assert signed_in.get("/review/").status_code == 200, "control: no page ended the session"
    foreign.refresh_from_db()
    assert foreign.state == State.RECEIVED.value


def addresses(submission: Submission) -> list[str]:
    """Return every address of the server, with values of the submission in its placeholders."""
    paths = list(_addresses(get_resolver().url_patterns, "/", submission))
    assert len(paths) > 40
    return paths


def _addresses(patterns: list[URLPattern | URLResolver], prefix: str, submission: Submission) -> list[str]:
    paths: list[str] = []
    for pattern in patterns:
        text = _fill(str(pattern.pattern), submission)
        if isinstance(pattern, URLResolver):
            paths += _addresses(pattern.url_patterns, prefix + text, submission)
        elif not text.startswith(("jsi18n", "logout", "signout", "signin")):
            paths += [prefix + one for one in _parts(text)]
    # Without the addresses that a secret opens instead of a sign-in.
    return [path for path in paths if not path.startswith(("/p/", "/api/"))]


def _fill(text: str, submission: Submission) -> str:
    text = text.replace(r"^(?P<identifier>[0-9a-f]{32})", submission.id).replace("$", "").replace(r"\.", ".")
    for name in ("<path:object_id>", "<str:identifier>", "<id>"):
        text = text.replace(name, submission.student_id if "object" in name else submission.station_id)
    for name in ("<path:content_type_id>", "<int:content_type_id>"):
        text = text.replace(name, "1")
    return text.replace("^", "")


def _parts(text: str) -> list[str]:
    start, bracket, rest = text.partition("(?P<")
    if not bracket:
        return [text]
    return [start + one for one in rest.partition(">")[2].partition(")")[0].split("|")]


def test_without_membership_nothing_is_seen(foreign: Submission) -> None:
    client = client_of(Scope())
    assert client.get(f"/review/{foreign.id}/").status_code == 404
    assert foreign.id not in client.get("/review/").content.decode()


@pytest.mark.parametrize("of", ["school", "campaign"])
def test_members_see_their_own(foreign: Submission, of: str) -> None:
    campaign = foreign.student.campaign
    scope = Scope(schools=(campaign.school_id,)) if of == "school" else Scope(campaigns=(campaign.pk,))  # type: ignore[attr-defined]
    client = client_of(scope)
    assert client.get(f"/review/{foreign.id}/").status_code == 200
    assert client.get(f"/review/{foreign.id}/portrait.jpg").status_code == 200


def test_members_of_one_collection_do_not_see_another_of_its_school(foreign: Submission) -> None:
    make_campaign("other1")
    client = client_of(Scope(campaigns=("other1",)))
    assert client.get(f"/review/{foreign.id}/").status_code == 404
    assert client.get(f"/review/?campaign={foreign.student.campaign_id}").content.decode().count(foreign.id) == 0


def test_superusers_see_all(foreign: Submission) -> None:
    user = create_reviewer("root", PASSWORD, admin=True, scope=Scope())
    assert campaigns_of(user).count() == 1
    assert can_grant(user, EVERYTHING)
    user.is_active = False
    assert campaigns_of(user).count() == 0


def test_a_known_reviewer_keeps_their_schools(own_school: School) -> None:
    create_reviewer("mei", PASSWORD, scope=Scope(schools=(own_school.pk,)))
    create_reviewer("mei", "another long password")
    assert set(Membership.objects.values_list("role", "school")) == {
        ("reviewer", own_school.pk),
        ("final_reviewer", own_school.pk),
    }


def test_nobody_pairs_stations_for_a_foreign_school(foreign: Submission, own_school: School) -> None:
    client = client_of(Scope(schools=(own_school.pk,)), is_staff=True)
    before = Station.objects.count()
    for wrong in ("all", "school:99001", f"campaign:{foreign.student.campaign_id}"):
        answer = client.post("/stations/code", {"scope": wrong})
        assert answer.status_code in (302, 403, 422), wrong
        assert b'id="code"' not in answer.content
    assert client.post(f"/stations/{foreign.station_id}/revoke").status_code in (302, 404)
    assert Station.objects.filter(revoked_at=None).count() == before


# Modules that look rows up by a secret in the address or by a station's token, or get rows that a view has looked up.
_BY_SECRET = {
    "delivery/own_file.py",
    "portal/access.py",
    "portal/appeals.py",
    "portal/progress.py",
    "stations/api.py",
    "stations/files.py",
    "stations/roster.py",
    "stations/last_four.py",
    "stations/orders.py",
    "payments/same_portrait.py",  # the other enrolments of the person whose order's or receipt's address it is
    "accounts/session.py",  # the enrolments of the signed-in person
}
_SCOPES = {"members/scope.py", "submissions/visibility.py", "records/scope.py", "review/access.py"}
_INSIDE = {
    "submissions/intake.py",
    "submissions/incoming_files.py",
    "submissions/attempts.py",
    "submissions/workflow.py",
    "submissions/locks.py",
    "submissions/decisions.py",
    "submissions/leases.py",
    "submissions/revocation.py",
    "submissions/guards.py",
    "submissions/clock.py",
    "submissions/confirmation.py",
    "submissions/identity_check.py",
    "records/models.py",
    "records/people.py",
    "records/slow_hashes.py",
    "payments/orders.py",
    "payments/statement.py",
}
# Conditions that narrow a list of the user's submissions, their own decisions in scope, and the nightly draw of a job.
_INSIDE |= {"review/filters.py", "review/queue_list.py", "review/second_looks.py", "review/revocation_list.py"}
_INSIDE |= {
    "submissions/sharing.py",
    "stations/pairing.py",
    "secrets/key_rotation.py",
    "secrets/key_check.py",
    "cli.py",
    "demo.py",
    "stations/views.py",
}
# The nightly erasure and its verification, rows that pages narrow to the user's campaigns, and one person's own data.
_PRIVACY = "candidates doomed_files erasure needles runs verification breach own_data requests views_of_data"
_INSIDE |= {f"privacy/{name}.py" for name in _PRIVACY.split()}

# Called with the student of the request, or a job whose proposals the lists of administrators narrow to their scope.
_INSIDE |= {"remote/photo_jobs.py", "remote/batch_check.py", "accounts/withdrawal.py"}
# Commands and jobs about the whole server.
_INSIDE |= {"installation_check.py", "accounts/settings_check.py", "backup/scrub.py", "privacy/unlinked.py"}

# Users who run a command on the server may see everything.
_COMMANDS = ("records/roster_import/", "core/management/commands/")


def test_no_page_uses_an_unscoped_manager() -> None:
    """Pages use server.members.scope and server.submissions.visibility; the models' managers do not filter by user."""
    places = []
    for path in SERVER.rglob("*.py"):
        name = path.relative_to(SERVER).as_posix()
        if name in _BY_SECRET | _SCOPES | _INSIDE or "migrations" in name or name.startswith(_COMMANDS):
            continue
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        places += [f"{name}:{node.lineno}" for node in tree if isinstance(node, ast.expr) and _unscoped(node)]
    assert places == []


_PERSONAL = ("Submission", "Student", "Campaign", "School", "AuditEntry")


def _unscoped(node: ast.expr) -> bool:
    """Whether this is `Model.objects`, or a call like `get_object_or_404(Model, ...)`."""
    if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
        return isinstance(node.value, ast.Name) and node.value.id in _PERSONAL
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("_or_404"):
        return isinstance(node.args[0], ast.Name) and node.args[0].id in _PERSONAL
    return False


def test_the_views_of_stations_use_only_their_own_manager() -> None:
    text = (SERVER / "stations" / "views.py").read_text(encoding="utf-8")
    assert text.count(".objects.") == text.count("Station.objects.") + text.count(
        "Student.objects.filter(campaign__in="
    )


def test_a_campaign_of_another_school_cannot_be_imported_into(campaign: Campaign, own_school: School) -> None:
    client = client_of(Scope(schools=(own_school.pk,)), is_staff=True)
    assert client.post("/roster/", {"campaign": campaign.pk}).status_code in (302, 403, 404)
    make_student(campaign, 3)
    assert Student.objects.count() == 1
