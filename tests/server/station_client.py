"""A paired station as a client of the server, and the visits that it submits."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import requests
from django.utils import timezone

from kiosk.upload.envelope import Consent, FileInfo, Pairing, Submission, VerdictPayload, VisitOutcome
from server.records.models import Student
from server.stations.pairing import new_pairing_code
from tests.server.sample_pictures import portrait_jpeg, shot_jpeg
from tests.waiting import scale_timeout

VERDICTS = (
    VerdictPayload(rule="eye_line", outcome="pass", value=251.0, unit="px", min=200, max=300),
    VerdictPayload(rule="roll", outcome="fail", value=4.2, unit="°", min=-3, max=3, reason="rule.roll.high"),
    VerdictPayload(
        rule="hair_top", outcome="unsure", value=51.0, unit="px", min=50, max=110, reason="rule.hair_top.low"
    ),
)


@dataclass(frozen=True)
class Visit:
    """The envelope of one visit and the bytes of its files."""

    envelope: Submission
    shot: bytes = field(repr=False)
    portrait: bytes | None = field(repr=False)

    @staticmethod
    def of(student: Student, seed: int = 1, **changes: Any) -> Visit:
        shot = changes.pop("shot", None) or shot_jpeg(seed, (300, 400))
        portrait = changes.pop("portrait", None) or portrait_jpeg(seed)
        now = datetime.now(UTC)
        envelope = Submission(
            id=uuid.uuid4().hex,
            campaign=student.campaign_id,
            student=student.id,
            taken_at=now,
            identified_by="id_card",
            consent=Consent(text_version="1", given_at=now),
            outcome=VisitOutcome.ACCEPTED,
            simulated=True,
            shot=_file_info("shot.jpg", shot),
            portrait=_file_info("portrait.jpg", portrait),
            recipe={"camera": "SIMULATED", "crop": {"left": 10, "top": 20}},
            verdicts=VERDICTS,
        )
        return Visit(envelope.model_copy(update=changes), shot, portrait)

    @staticmethod
    def interrupted(student: Student, seed: int = 7) -> Visit:
        """Return a visit that ended before a portrait was made."""
        whole = Visit.of(student, seed)
        bare = {
            "outcome": VisitOutcome.INTERRUPTED,
            "portrait": None,
            "recipe": None,
            "verdicts": (),
            "error": "power cut",
        }
        return Visit(whole.envelope.model_copy(update=bare), whole.shot, None)

    def with_changes(self, **changes: Any) -> Visit:
        return replace(self, envelope=self.envelope.model_copy(update=changes))


@dataclass(frozen=True)
class StationClient:
    """A station with its token."""

    address: str
    pairing: Pairing

    @staticmethod
    def paired(address: str, name: str = "一号站") -> StationClient:
        answer = requests.post(
            f"{address}/api/station/v1/pair",
            json={"code": new_pairing_code(timezone.now()), "name": name},
            timeout=scale_timeout(20),
        )
        assert answer.status_code == 200, answer.text
        return StationClient(address, Pairing.model_validate_json(answer.text))

    def roster(self, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Request the roster; without `headers`, as a station of 86a4649 does."""
        all_headers = {**self._headers, **(headers or {})}
        return requests.get(f"{self.address}/api/station/v1/roster", headers=all_headers, timeout=scale_timeout(20))

    def submit(self, visit: Visit, envelope: str | None = None) -> requests.Response:
        files = {"shot": ("shot.jpg", visit.shot, "image/jpeg")}
        if visit.portrait is not None:
            files["portrait"] = ("portrait.jpg", visit.portrait, "image/jpeg")
        return requests.post(
            f"{self.address}/api/station/v1/submissions",
            headers=self._headers,
            data={"envelope": visit.envelope.model_dump_json() if envelope is None else envelope},
            files=files,
            timeout=scale_timeout(60),
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.pairing.token}"}


def _file_info(name: str, content: bytes) -> FileInfo:
    return FileInfo(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
