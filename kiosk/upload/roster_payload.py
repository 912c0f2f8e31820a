"""The roster on the wire: the students that a station expects, their campaigns, and how their ID numbers are hashed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from config.time_zones import local_date, time_zone
from kiosk.upload.envelope import Payload, Sha256
from kiosk.upload.wire_names import both_names
from kiosk.upload.wire_types import Key


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


class StudentPayload(Payload, alias_generator=both_names("StudentPayload")):
    """One expected student. `name` is masked already.

    `id_number_hmac` is HMAC-SHA256(roster_key, slow hash of the ID number by RosterPayload.number_hashing); in a roster
    without `number_hashing` (86a4649) it is HMAC-SHA256(roster_key, ID number). It is the same in every enrolment of a
    person.
    `student_no_hash` is HMAC-SHA256 of the student number (学号), which a school's own barcodes carry; None: not known.
    `label` distinguishes several enrolments of one person on a screen: school, class or subject.
    Only a server of 86a4649 sends `last_four` and `progress_url`.
    `resubmit_until`: the portrait was rejected; the student may come again until that day, also after the last day of
    the campaign.
    `make_up_window` is the id of this student's window among those of the campaign. Earlier servers send neither.
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
