"""The header of a stored shot or portrait, from which its visit can be queued again without the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.capture.storage import StoredFile
from kiosk.guidance.verdict import Verdict
from kiosk.upload.envelope import Consent, Identifier, VerdictPayload
from kiosk.upload.outbox.models import IdentifiedBy, VisitDraft


class PhotoHeader(BaseModel):
    """`file` is the name of the file on disk, `camera_name` the one that the camera gave. `written_at` (seconds since
    1970) orders the shots of a visit. In a portrait's header, `shot` is the file name of its shot."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["shot", "portrait"]
    visit: Identifier
    student: str
    campaign: str
    name: str = Field(repr=False)
    taken_at: AwareDatetime
    identified_by: IdentifiedBy
    consent: Consent
    simulated: bool
    camera: dict[str, Any] = {}
    file: str
    camera_name: str
    written_at: float
    progress_token: str | None = None
    last_four: str | None = Field(default=None, repr=False)
    last_four_confirmed: bool = False
    also_for: tuple[str, ...] = ()
    shot: str = ""
    recipe: dict[str, Any] | None = Field(default=None, repr=False)
    verdicts: tuple[VerdictPayload, ...] = Field(default=(), repr=False)

    @property
    def draft(self) -> VisitDraft:
        return VisitDraft(
            student=self.student,
            campaign=self.campaign,
            name=self.name,
            taken_at=self.taken_at,
            identified_by=self.identified_by,
            consent=self.consent,
            simulated=self.simulated,
            progress_token=self.progress_token,
            last_four=self.last_four,
            last_four_confirmed=self.last_four_confirmed,
            also_for=self.also_for,
        )


def shot_header(
    visit: str, draft: VisitDraft, shot: StoredFile, camera: Mapping[str, Any], taken_at: datetime, written_at: float
) -> dict[str, Any]:
    header = PhotoHeader(
        kind="shot",
        visit=visit,
        student=draft.student,
        campaign=draft.campaign,
        name=draft.name,
        taken_at=taken_at,
        identified_by=draft.identified_by,
        consent=draft.consent,
        simulated=draft.simulated,
        camera=dict(camera),
        file=shot.path.name,
        camera_name=shot.name,
        written_at=written_at,
        progress_token=draft.progress_token,
        last_four=draft.last_four,
        last_four_confirmed=draft.last_four_confirmed,
        also_for=draft.also_for,
    )
    return header.model_dump(mode="json")


def portrait_header(
    of_shot: Mapping[str, Any], recipe: Mapping[str, Any], verdicts: tuple[Verdict, ...], written_at: float
) -> dict[str, Any]:
    """Return the header of a portrait: its shot's header with the result of the photo engine."""
    verdict_values = [asdict(verdict) for verdict in verdicts]
    result = {"kind": "portrait", "shot": of_shot.get("file", ""), "recipe": recipe, "verdicts": verdict_values}
    return {**of_shot, **result, "camera_name": "portrait.jpg", "written_at": written_at}


def parse_header(values: Mapping[str, Any] | None) -> PhotoHeader | None:
    """Return the header; None if there is none or if it is invalid."""
    if values is None:
        return None
    try:
        return PhotoHeader.model_validate(values)
    except ValidationError:
        return None
