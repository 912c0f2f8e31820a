"""A station with a key, and visits whose recipes are signed with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.possession import sign_possession
from kiosk.capture.proof.signing import ENTRY, MadePortrait, sign_recipe
from kiosk.upload.heartbeat import SigningKeyReport
from server.proof.station_keys import register_signing_key
from server.records.models import Student
from server.records.scope import EVERYTHING
from server.stations.models import Station
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import Submission
from tests.kiosk.capture.proof.samples import STATION, recipe
from tests.server.station_client import Visit


@pytest.fixture
def paired(db: None) -> Station:
    station = Station.objects.create(name="一号站", token_hash="x" * 64, paired_at=timezone.now())
    station.set_scope(EVERYTHING)
    return station


@pytest.fixture
def registered(paired: Station) -> Station:
    report_key(paired)
    return paired


def report_key(station: Station, key: SigningKey = STATION, simulated: bool = False, of: str = "") -> None:
    """Report the key as the station's heartbeat does; `of` is the station id in the signature (default: its own)."""
    possession = sign_possession(key, of or station.pk)
    report = SigningKeyReport(public_key=key.public, possession=possession, simulated=simulated)
    register_signing_key(station, report, timezone.now())


def recipe_of(visit: Visit, **changes: Any) -> dict[str, Any]:
    portrait, shot = visit.envelope.portrait, visit.envelope.shot
    assert portrait is not None
    files = {"portrait": {"sha256": portrait.sha256, "bytes": portrait.size}}
    return recipe(**files, shot={"sha256": shot.sha256, "bytes": shot.size}, **changes)


def signed_recipe(
    visit: Visit, key: SigningKey = STATION, simulated: bool = False, days: int = 0, **changes: Any
) -> dict[str, Any]:
    unsigned = recipe_of(visit, **changes)
    day = timezone.localdate() + timedelta(days=days)
    return {**unsigned, ENTRY: sign_recipe(unsigned, MadePortrait(day, simulated), key).as_entry()}


def submit(visit: Visit, sender: Student | Station) -> Submission:
    incoming = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    return ingest(incoming, sender, timezone.now())


@pytest.fixture
def submit_signed(registered: Station, student: Student) -> Callable[..., Submission]:
    """Submit a signed visit that is not simulated; `changes` are those of `signed_recipe`."""

    def submit_visit(**changes: Any) -> Submission:
        visit = Visit.of(student, simulated=False)
        return submit(visit.with_changes(recipe=signed_recipe(visit, **changes)), registered)

    return submit_visit
