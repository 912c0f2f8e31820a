"""Whatever is sent to a page of accounts, the response is a page and never an error of the server."""

from __future__ import annotations

import itertools

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.records.models import Campaign, Student
from tests.server.accounts.test_modes import allow, sign_up
from tests.server.accounts.walking import Walker, own_code, reads_cards

pytestmark = pytest.mark.django_db
PAGES = (
    "start", "consent", "identify", "phone", "code", "signin", "password", "password/new", "phone/new", "card",
    "details", "found", "capture-code", "last-four", "check", "manual",
)  # fmt: skip
FIELDS = (
    "campaign", "privacy_1", "portrait_1", "mode", "phone", "puzzle", "code", "number", "password", "again", "name",
    "email", "typed", "last_four", "student_no", "class_name", "front", "back", "picture", "next",
)  # fmt: skip
ODD = st.one_of(
    st.sampled_from(["", "\0", "x" * 5000, "🎓", "\u202e123", "１３８", "'; DROP TABLE", "<b>", "-1", "on", "990101"]),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=60),
)
FORMS = st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=6)


@pytest.fixture
def walkers(campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> list[Walker]:
    """A visitor, one who has consented, and a signed-in student who has sent a card and a capture code."""
    reads_cards(monkeypatch)
    consenting = Walker()
    consenting.begin(allow(campaign, "id_card", "password", "capture_code"))
    consenting.agree()
    signed_in = sign_up(campaign)
    signed_in.post("identify", mode="id_card")
    signed_in.send_card()
    signed_in.post("capture-code", typed=own_code(student))
    return [Walker(), consenting, signed_in]


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(page=st.sampled_from(PAGES), values=FORMS)
def test_no_form_breaks_a_page(walkers: list[Walker], page: str, values: dict[str, str]) -> None:
    for walker in walkers:
        assert walker.client.get(f"/account/{page}", values).status_code < 500
        answer = walker.client.post(f"/account/{page}", values)
        assert answer.status_code in (200, 302, 403, 422, 429), (page, values)


@pytest.mark.parametrize("page", PAGES)
def test_files_in_fields_for_text_break_no_page(walkers: list[Walker], page: str) -> None:
    for walker, name in itertools.product(walkers, FIELDS[::3]):
        answer = walker.client.post(f"/account/{page}", {name: SimpleUploadedFile("\u202ea.exe", b"MZ\0")})
        assert answer.status_code < 500, (page, name)


def test_pages_respond_to_an_unknown_method(walkers: list[Walker]) -> None:
    for page in PAGES:
        assert walkers[0].client.put(f"/account/{page}", b"\xff", "text/plain").status_code in (302, 405)
