"""The envelope: the data types that stations and the server exchange, in the only module that both share."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from config.id_number import normalize_number, normalize_student_no
from config.person_names import mask_name as mask_name  # names on the wire are masked by it
from config.time_zones import local_date, time_zone
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
"""128 random bits, URL-safe base64 without padding (secrets.token_urlsafe(16)), made by the station for one receipt."""


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
    """The sitter's consent: to which text and when; and the prompts shown before posing, with the time of "ready"."""

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
    during the visit. `origin` comes with "remote" alone: the student signed in on the server's page and sent the photo
    with a phone; the server then makes this envelope itself. `clock_offset_seconds` is the station's clock minus the
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
    """The answer to a one-time code. `roster_key` (hex) is the key of the hashes of ID numbers.

    `codes_key` (hex) authenticates codes that a school draws itself (config.local_codes), the same for
    all stations of a server; from a server of 86a4649, which sends none, it is `roster_key`.
    """

    station: str
    name: str
    token: str
    roster_key: str
    codes_key: str = ""

    @property
    def effective_codes_key(self) -> str:
        return self.codes_key or self.roster_key


class StudentState(StrEnum):
    EXPECTED = "expected"
    CAPTURED = "captured"
    WITHDRAWN = "withdrawn"


class MakeUpWindow(Payload):
    """A period for students who missed the campaign's days (补拍); `StudentPayload.make_up_window` names its `id`. Its
    first and last day count as whole days, as those of the campaign do."""

    id: int
    opens_at: AwareDatetime
    closes_at: AwareDatetime


class CampaignPayload(Payload, alias_generator=both_names("CampaignPayload")):
    """A campaign for which this station may take pictures. `standard` and `background` name the photo standard.

    `opens_at` and `closes_at` are the first and the last moment of the first and last day in `time_zone` (IANA name).
    `make_up_windows` are periods in which a station may take pictures too; earlier servers send none.
    `price_fen` is what `payer` ("student" or "school") pays; `payment_required` is "before_capture", "before_review",
    "before_delivery" or "never". Earlier servers send none of the three.
    """

    code: str
    school: str
    title: str
    standard: str
    background: str
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    simulated: bool
    time_zone: str = "Asia/Shanghai"
    make_up_windows: tuple[MakeUpWindow, ...] = ()
    price_fen: int = Field(default=0, ge=0)
    payment_required: Key = "never"
    payer: Key = "student"

    def day_of(self, moment: datetime) -> date:
        """Return the date of an aware time at the school."""
        return local_date(moment, time_zone(self.time_zone))

    def days(self) -> tuple[date, date]:
        """Return the first and the last day of the campaign; both count as whole days. 86a4649 sends other times of
        these days."""
        return self.day_of(self.opens_at), self.day_of(self.closes_at)


class NumberHashing(Payload):
    """Parameters by which a station converts an ID number to `StudentPayload.id_number_hmac`: slowly, so that trying
    every possible number takes years; see kiosk.upload.number_hashing.

    `salt` is hexadecimal, the same for all stations of a server; `n`, `r`, `p` are scrypt's; one of `peppers` values
    (0 to peppers - 1) belongs to each number. The station does not receive it, so it has to try them all while the
    server computes one (U. Manber, "A simple scheme to make passwords based on one-way functions much harder
    to crack", 1996).
    """

    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    n: int = Field(ge=2, le=1 << 17)
    r: int = Field(ge=1, le=16)
    p: int = Field(ge=1, le=4)
    peppers: int = Field(ge=1, le=256)


class LastFourAnswer(Payload):
    """The server's answer to the last four characters typed for one student. `tries_left` 0: paused, or locked."""

    confirmed: bool
    tries_left: int = Field(ge=0)
    retry_after: float | None = Field(default=None, ge=0)


class StudentPayload(Payload, alias_generator=both_names("StudentPayload")):
    """One expected student. `name` is masked already.

    `id_number_hmac` is HMAC-SHA256(roster_key, slow hash of the ID number by RosterPayload.number_hashing); in a roster
    without `number_hashing` (86a4649) it is HMAC-SHA256(roster_key, ID number). It is the same in every enrolment of a
    person.
    `student_no_hash` is HMAC-SHA256 of the student number (学号), which a school's own barcodes carry; None: not known.
    `label` distinguishes several enrolments of one person on a screen: school, class or subject.
    `last_four` and `progress_url` come from a server of 86a4649 only; today's sends neither.
    `resubmit_until`: the student was rejected and may come again until that day, also after the campaign's last one.
    `make_up_window` is the id of the one among the campaign's that is for this student. Earlier servers send neither.
    `order_state` is open, paid, waived, refunded or expired; "": there is no order yet, or the server is older.
    """

    id: str
    campaign: str
    name: str
    id_number_hmac: Sha256
    last_four: str = ""
    state: StudentState
    progress_url: str = ""
    student_no_hash: Sha256 | None = None
    label: str = ""
    resubmit_until: AwareDatetime | None = None
    make_up_window: int | None = None
    order_state: Key = ""


class RosterPayload(Payload, alias_generator=both_names("RosterPayload")):
    """The expected students of a station's campaigns at `generated_at`.

    `progress_base_url` is the address to which a receipt's progress token is appended, "https://photo.school.edu/p/".
    """

    generated_at: AwareDatetime
    campaigns: tuple[CampaignPayload, ...]
    students: tuple[StudentPayload, ...]
    number_hashing: NumberHashing | None = None
    progress_base_url: str = ""


def number_hash(roster_key: str, number: str) -> str:
    """Return the HMAC-SHA256 of an ID number as hexadecimal digits; both sides look a student up by it.

    `roster_key` is Pairing.roster_key (hex; ValueError if it is not). Blanks, brackets and the case of letters make no
    difference: the hash is of config.id_number.normalize_number.

    >>> number_hash("00" * 32, "99010119990101123x") == number_hash("00" * 32, " 99010119990101123X ")
    True
    """
    return hmac.new(bytes.fromhex(roster_key), normalize_number(number).encode("utf-8"), hashlib.sha256).hexdigest()


def student_no_hash(roster_key: str, student_no: str) -> str:
    """As `number_hash`, of a student number. Never the hash of an ID number, even where the characters are the same.

    >>> student_no_hash("00" * 32, " 2022s001 ") == student_no_hash("00" * 32, "2022S001")
    True
    >>> student_no_hash("00" * 32, "1") == number_hash("00" * 32, "1")
    False
    """
    labelled = f"student_no:{normalize_student_no(student_no).upper()}".encode()
    return hmac.new(bytes.fromhex(roster_key), labelled, hashlib.sha256).hexdigest()
