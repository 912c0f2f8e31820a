"""A clerk who is signed in, and one of another school."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from server.members.models import Role
from server.members.scope import set_scope
from server.records.models import Campaign, School
from server.records.scope import EVERYTHING, Scope


@pytest.fixture(autouse=True)
def own_uploads(tmp_path: Any, settings: Any) -> None:
    settings.DATA = tmp_path


def client_of(name: str, scope: Scope, role: Role = Role.CLERK) -> Client:
    user = get_user_model().objects.create_user(name, password="correct horse battery")
    set_scope(user, scope, role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def clerk(db: None) -> Client:
    """A clerk of every school, who may also create schools."""
    return client_of("lan", EVERYTHING)


@pytest.fixture
def foreign_clerk(db: None) -> Client:
    """A clerk of another school than the campaign's."""
    School.objects.create(code="99002", name="他校")
    return client_of("other", Scope(schools=("99002",)))


def campaign_values(school: str = "99001", **changes: Any) -> dict[str, Any]:
    """Return the values of the campaign form."""
    today = timezone.localdate()
    values = {
        "school": school, "title": "2027 届", "code": "abc234", "first_day": today,
        "last_day": today + timedelta(days=20), "look": "chsi:white", "payer": "student", "price": "20",
        "place": "图书馆一楼", "clothing": "白衬衫", "help_line": "0100-000000", "help_hours": "9-17",
        "retention_days": 90, "retouch": "always", "confirmation_days": 3, "resubmission_days": 7, "max_retakes": 2,
        "appeal_days": 7, "four_eyes": "on",
    }  # fmt: skip
    return {**values, **changes}


def roster_file(*lines: str, header: str = "姓名,身份证号,学号,班级,专业") -> bytes:
    return ("\r\n".join((header, *lines)) + "\r\n").encode()


def upload(client: Client, campaign: Campaign, content: bytes, name: str = "名单.csv") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name, content)
    return client.post("/clerk/roster/", {"campaign": campaign.pk, "file": file})
