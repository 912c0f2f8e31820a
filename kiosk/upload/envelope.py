"""The envelope of a visit: what a station sends, the server's responses, and the pairing of the two.

Other payloads are in kiosk.upload.roster_payload, heartbeat, order and sheets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk.upload.photo_origin import PhotoOrigin
from kiosk.upload.wire_names import both_names
from kiosk.upload.wire_types import (
    MAX_CLOCK_AHEAD,
    MAX_DISCARDED_SHOTS,
    MAX_ENROLMENTS,
    MAX_VERDICTS,
    FileSize,
    Key,
    Moment,
    Name,
    Number,
    Recipe,
    Sentence,
)

VERSION: Final = 2
"""The wire version that this program writes; it reads version 1 too, see kiosk.upload.wire_names."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A uuid4 as 32 hexadecimal digits, created with the object, so that a resend has the same id."""


VERSION_HEADER: Final = "Zhengguan-Wire"
"""Request and response header with the newest wire version that its sender can read. 86a4649 sends none: version 1."""
TIME_HEADER: Final = "Zhengguan-Time"
"""Response header of the station API: the server's clock, ISO 8601 with offset."""
ProgressToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]
"""128 random bits, URL-safe base64 without padding (secrets.token_urlsafe(16)), from the station for one receipt."""


class Payload(BaseModel):
    """Base class of all data on the wire. Readers ignore unknown fields and accept the names of version 1, so that
    server and stations can be updated one after the other."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FileInfo(Payload):
    """A file sent with the envelope: its name, its size in bytes and its hash."""

    name: Name
    size: FileSize
    sha256: Sha256


class VerdictPayload(Payload, alias_generator=both_names("VerdictPayload")):
    """kiosk.guidance.verdict.Verdict on the wire."""

    rule: Key
    outcome: Literal["pass", "fail", "unsure", "not_measured"]
    value: Number
    unit: Key
    min: Number
    max: Number
    reason: Key = ""


class Consent(Payload, alias_generator=both_names("Consent")):
    """The sitter's consent (text and time), and the prompts shown before posing with the time of "ready"."""

    text_version: Key
    given_at: Moment
    prompts_shown: tuple[Key, ...] = Field(default=(), max_length=40)
    ready_at: Moment | None = None


class VisitOutcome(StrEnum):
    """How the visit ended: the student accepted the portrait; or the portrait was shown and neither accepted nor
    rejected (a server of 86a4649 receives "interrupted" instead); or the visit ended before there was one to accept."""

    ACCEPTED = "accepted"
    UNCONFIRMED = "unconfirmed"
    INTERRUPTED = "interrupted"


class EnvelopeVersion(Payload):
    """The one field of an envelope that every version has."""

    version: int = 1


class Submission(Payload, alias_generator=both_names("Submission")):
    """One visit's result. Sent as multipart: `envelope` (this, JSON), `shot`, and `portrait` if there is one.

    `portrait`, `recipe` and `verdicts` are absent only if no portrait could be made; `error` then gives the reason.
    `version` is the wire version of the sender's field names. `discarded_shots` are the hashes of the shots before the
    chosen one. `progress_token` opens the progress page that the receipt links to. `also_for` names other enrolments
    (StudentPayload.id) of the same person that the portrait is for as well. `last_four` is what a student without a
    card typed as the last four characters of their ID number; `last_four_confirmed`: the server had confirmed them
    during the visit. `origin` is set for "remote" only: the student signed in on the server's page and sent the photo
    with a phone; the server then creates this envelope. `clock_offset_seconds` is the station's clock minus the
    server's at their last contact; None: not known.
    """

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    id: Identifier
    campaign: Key
    student: Key
    taken_at: Moment
    identified_by: Literal["id_card", "code", "document", "operator", "remote"]
    consent: Consent
    outcome: VisitOutcome
    simulated: bool
    shot: FileInfo
    portrait: FileInfo | None = None
    recipe: Recipe | None = None
    verdicts: tuple[VerdictPayload, ...] = Field(default=(), max_length=MAX_VERDICTS)
    error: Sentence = ""
    discarded_shots: tuple[Sha256, ...] = Field(default=(), max_length=MAX_DISCARDED_SHOTS)
    also_for: tuple[Key, ...] = Field(default=(), max_length=MAX_ENROLMENTS)
    progress_token: ProgressToken | None = None
    last_four: str | None = Field(default=None, pattern=r"^[0-9A-Z]{4}$", repr=False)
    last_four_confirmed: bool = False
    origin: PhotoOrigin | None = None
    clock_offset_seconds: float | None = Field(
        default=None, ge=-MAX_CLOCK_AHEAD, le=MAX_CLOCK_AHEAD, allow_inf_nan=False
    )


class SubmissionReceipt(Payload):
    """The server's receipt: what it stored. The station deletes its files only if both hashes are equal to its own."""

    id: Identifier
    state: str
    shot_sha256: Sha256
    portrait_sha256: Sha256 | None
    progress_url: str

    def matches(self, submission: Submission) -> bool:
        """Return whether the server stored, under this id, exactly the files that the submission announced."""
        portrait = submission.portrait.sha256 if submission.portrait else None
        ours = (submission.id, submission.shot.sha256, portrait)
        return (self.id, self.shot_sha256, self.portrait_sha256) == ours


class Rejection(Payload):
    """A rejection that a person has to resolve: a reason code and one sentence in each language."""

    reason: str
    zh_CN: str  # noqa: N815 - the tag that config.i18n.LANGUAGES uses
    en: str


class Pairing(Payload):
    """The response to a one-time code. `roster_key` (hex) is the key of the hashes of ID numbers.

    `codes_key` (hex) authenticates codes that a school creates itself (config.local_codes), the same for
    all stations of a server; a server of 86a4649 sends none, and `roster_key` is used instead.
    """

    station: str
    name: str
    token: str
    roster_key: str
    codes_key: str = ""

    @property
    def effective_codes_key(self) -> str:
        return self.codes_key or self.roster_key


class LastFourAnswer(Payload):
    """The server's response to the last four characters typed for one student. `tries_left` 0: paused, or locked."""

    confirmed: bool
    tries_left: int = Field(ge=0)
    retry_after: float | None = Field(default=None, ge=0)
