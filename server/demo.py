"""Demo data: a fictional school with campaigns and students, a reviewer, and cards for the simulated reader."""

from __future__ import annotations

import csv
import io
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from config.local_codes import local_code
from kiosk.upload.roster_payload import StudentState
from server.members.roles import create_reviewer
from server.records.campaign_options import Identification, Payer, PaymentRequired, PhotoSource
from server.records.fake_students import FakeStudent, fake_students
from server.records.id_number_protection import keyed_hash
from server.records.models import Campaign, School, Student
from server.records.roster_import.importer import import_roster
from server.secrets.private_files import private_folder, write_private

SCHOOL: Final = ("99001", "示范大学（虚构）")
CURRENT_CAMPAIGN: Final = "zgdemo"
PAST_CAMPAIGN: Final = "zgpast"
PRICE_FEN: Final = 2000
STUDENT_COUNT: Final = 200
PAST_STUDENT_COUNT: Final = 5
REVIEWER: Final = "reviewer"


@dataclass(frozen=True)
class Demo:
    """The cards and credentials with which a person or the demo visit uses the demo."""

    cards: Path
    reviewer: str
    password: str = field(repr=False)
    at_home: str
    """How the student at home identifies themselves: name, capture code, last four characters."""


def create_demo_data(data: Path, now: datetime, payment_required: str = PaymentRequired.NEVER.value) -> Demo:
    """Create the demo's missing records; existing submissions, decisions and settings stay."""
    folder = private_folder(data / "demo")
    current = fake_students(STUDENT_COUNT + 1, seed=2026, first_no=2022010001)
    past = fake_students(PAST_STUDENT_COUNT, seed=2025, first_no=2021010001)
    students, stranger = current[:-1], current[-1]
    withdrawn = students[-1]
    with transaction.atomic():
        School.objects.update_or_create(code=SCHOOL[0], defaults={"name": SCHOOL[1]})
        day = timedelta(days=1)
        current_days, past_days = (now - 30 * day, now + 300 * day), (now - 400 * day, now - 30 * day)
        current_campaign = _campaign(CURRENT_CAMPAIGN, "2026 届毕业生图像采集（演示）", current_days, payment_required)
        import_roster(current_campaign, _roster_csv(students))
        past_campaign = _campaign(PAST_CAMPAIGN, "2025 届毕业生图像采集（演示，已结束）", past_days, payment_required)
        import_roster(past_campaign, _roster_csv(past))
        Student.objects.filter(campaign=CURRENT_CAMPAIGN, id_number_hmac=keyed_hash(withdrawn.number)).update(
            state=StudentState.WITHDRAWN.value
        )
    cards = folder / "cards.csv"
    write_private(cards, _cards_csv(students[:-1], withdrawn, past, stranger))
    at_home = students[1]  # the kiosk's demo visit uses the card of the first student
    code = local_code(settings.KEY_STORE.oldest("codes"), CURRENT_CAMPAIGN, at_home.student_no)
    return Demo(cards, REVIEWER, _create_reviewer(folder), f"{at_home.name}, {code}, {at_home.number[-4:]}")


def _campaign(code: str, title: str, days: tuple[datetime, datetime], payment_required: str) -> Campaign:
    details = {"school_id": SCHOOL[0], "title": title, "opens_at": days[0], "closes_at": days[1], "simulated": True}
    # Price, identification and photo sources are only set once, so that a change on the campaign's page stays.
    initial = {
        "payer": Payer.STUDENT.value,
        "price_fen": PRICE_FEN,
        "payment_required": payment_required,
        "identification": Identification.values,
        "photo_sources": PhotoSource.values,
    }
    campaign, _ = Campaign.objects.update_or_create(code=code, defaults=details, create_defaults=details | initial)
    return campaign


def _roster_csv(students: list[FakeStudent]) -> bytes:
    """Return the roster as a school would deliver it, so that the demo uses the same import."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["姓名", "身份证号", "学号", "班级"])
    sheet.writerows([s.name, s.number, s.student_no, s.class_name] for s in students)
    return out.getvalue().encode("utf-8")


def _cards_csv(
    expected: list[FakeStudent], withdrawn: FakeStudent, past: list[FakeStudent], stranger: FakeStudent
) -> str:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["name", "number", "kind", "note"])
    notes = [(s, "expected") for s in expected] + [(withdrawn, "withdrawn")]
    notes += [(s, "expired") for s in past] + [(stranger, "unknown")]
    sheet.writerows([s.name, s.number, "mainland", note] for s, note in notes)
    return out.getvalue()


def _create_reviewer(folder: Path) -> str:
    """Create the reviewer and return the password: random, and stored alongside the cards for the next start."""
    path = folder / "reviewer.txt"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(9) + "\n")
    password = path.read_text(encoding="utf-8").strip()
    create_reviewer(REVIEWER, password, admin=True)
    return password
