"""The envelope: everything that crosses between a station and the server, and the only thing both sides share."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

VERSION: Final = 1
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A uuid4 as 32 hexadecimal digits, made where the thing is born, so that a resend is the same thing."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFacts(_Wire):
    """A file that travels beside the envelope: its name, its size in bytes and its hash."""

    name: str = Field(min_length=1, max_length=120)
    size: int = Field(gt=0)
    sha256: Sha256


class WireVerdict(_Wire):
    """kiosk.guidance.verdict.Verdict on the wire."""

    rule: str
    outcome: Literal["pass", "fail", "unsure", "not_measured"]
    value: float | None
    unit: str
    low: float | None
    high: float | None
    reason: str = ""


class Consent(_Wire):
    """That the sitter agreed, to which text, and when; and what was asked before posing, answered "ready" when."""

    text_version: str
    given_at: AwareDatetime
    asked: tuple[str, ...] = ()
    ready_at: AwareDatetime | None = None


class Ending(StrEnum):
    """How the visit ended: the sitter accepted the portrait, or the station stopped before they could say."""

    ACCEPTED = "accepted"
    INTERRUPTED = "interrupted"


class Submission(_Wire):
    """One visit's result. Sent as multipart: `envelope` (this, JSON), `shot`, and `portrait` where there is one.

    `portrait`, `recipe` and `verdicts` are absent only where no portrait could be made; `trouble` then says why.
    """

    version: Literal[1] = 1
    id: Identifier
    campaign: str
    student: str
    taken_at: AwareDatetime
    identified_by: Literal["id_card", "code", "document", "operator"]
    consent: Consent
    ending: Ending
    simulated: bool
    shot: FileFacts
    portrait: FileFacts | None = None
    recipe: dict[str, Any] | None = None
    verdicts: tuple[WireVerdict, ...] = ()
    trouble: str = ""
    retaken: tuple[Sha256, ...] = ()


class Accepted(_Wire):
    """The server's answer: what it stored. The station deletes its own only when both hashes are its own."""

    id: Identifier
    state: str
    shot_sha256: Sha256
    portrait_sha256: Sha256 | None
    progress_url: str

    def confirms(self, submission: Submission) -> bool:
        """Whether the server stored, under this id, exactly the files that the submission announced."""
        portrait = submission.portrait.sha256 if submission.portrait else None
        ours = (submission.id, submission.shot.sha256, portrait)
        return (self.id, self.shot_sha256, self.portrait_sha256) == ours


class Refused(_Wire):
    """The server's no, for a person to resolve: a reason code and one sentence in each language."""

    reason: str
    zh_CN: str  # noqa: N815 - the tag that config.words.LANGUAGES uses
    en: str


class Pairing(_Wire):
    """What a station gets for its one-time code. `roster_key` (hex) keys the hashes of ID numbers."""

    station: str
    name: str
    token: str
    roster_key: str


class StudentState(StrEnum):
    EXPECTED = "expected"
    CAPTURED = "captured"
    WITHDRAWN = "withdrawn"


class WireCampaign(_Wire):
    """A collection that this station may take pictures for. `standard` and `background` name the photo standard."""

    code: str
    school: str
    title: str
    standard: str
    background: str
    opens: AwareDatetime
    closes: AwareDatetime
    simulated: bool


class WireStudent(_Wire):
    """One expected student. `number_hash` is HMAC-SHA256(roster_key, ID number), `name` is masked already.

    `student_no_hash` is the same of the student number (学号), which a school's own barcodes carry; None: not known.
    `progress_url` is the page that the receipt's QR opens; known beforehand, so that it works with the cable out.
    """

    id: str
    campaign: str
    name: str
    number_hash: Sha256
    last_four: str
    state: StudentState
    progress_url: str
    student_no_hash: Sha256 | None = None


class Roster(_Wire):
    """The expected students of a station's campaigns, as known when it was drawn."""

    drawn_at: AwareDatetime
    campaigns: tuple[WireCampaign, ...]
    students: tuple[WireStudent, ...]


def number_hash(roster_key: str, number: str) -> str:
    """HMAC-SHA256 of an ID number as hexadecimal digits; both sides look a student up by it.

    `roster_key` is Pairing.roster_key (hex; ValueError if it is not). Blanks around the number and the case of its
    check letter (x, X) make no difference.

    >>> number_hash("00" * 32, "99010119990101123x") == number_hash("00" * 32, " 99010119990101123X ")
    True
    """
    return hmac.new(bytes.fromhex(roster_key), number.strip().upper().encode("utf-8"), hashlib.sha256).hexdigest()


def student_no_hash(roster_key: str, student_no: str) -> str:
    """As `number_hash`, of a student number. Never the hash of an ID number, even where the characters are the same.

    >>> student_no_hash("00" * 32, " 2022s001 ") == student_no_hash("00" * 32, "2022S001")
    True
    >>> student_no_hash("00" * 32, "1") == number_hash("00" * 32, "1")
    False
    """
    labelled = f"student_no:{student_no.strip().upper()}".encode()
    return hmac.new(bytes.fromhex(roster_key), labelled, hashlib.sha256).hexdigest()


def masked(name: str) -> str:
    """A name for screens and logs: the first and last character, the rest starred; of two characters, the last.

    >>> masked("王小明"), masked("李雷")
    ('王*明', '*雷')
    """
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return "*" + name[-1]
    return name[0] + "*" * (len(name) - 2) + name[-1]
