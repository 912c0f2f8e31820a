"""The student of a visit, as far as a screen may show them."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.document_reader.api import DocumentKind, DocumentReading
from config.person_names import mask_name
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.visit.payment import Fee


@dataclass(frozen=True)
class DocumentSummary:
    """The content of a document that the camera read, masked; the name is "" if it was not legible.

    `name_differs`: it is not the name on the roster. `needs_staff`: the operator compares document, roster and person.
    """

    kind: DocumentKind
    name: str
    number: str
    name_differs: bool = False
    needs_staff: bool = False


def summarize_document(reading: DocumentReading, roster_name: str, needs_staff: bool) -> DocumentSummary:
    """Return the content of a document that a screen may show.

    The roster's name is masked and Chinese; a passport has the name in Latin letters, so it is not compared. A
    different name does not reject the sitter, but the operator has to compare them.

    >>> summarize_document(DocumentReading("id_card", "990101200305090121", "林晚舟"), "林*舟", needs_staff=False)
    DocumentSummary(kind='id_card', name='林*舟', number='******************', name_differs=False, needs_staff=False)
    """
    name = mask_name(reading.name) if reading.name else ""
    number = "*" * len(reading.number)  # the sitter has to type its last four characters next
    differs = reading.kind == "id_card" and bool(name) and name != roster_name
    return DocumentSummary(reading.kind, name, number, differs, needs_staff or differs)


@dataclass(frozen=True)
class EnrolmentChoice:
    """One of several enrolments of a person: its label and the campaign that it belongs to."""

    label: str
    campaign_name: str


@dataclass(frozen=True)
class Sitter:
    """The student in front of the camera. The name is masked.

    `last_four` is shown on the screen; it is "" for a sitter who did not use the card reader. They type the characters:
    `typed_last_four` holds them if they could not be checked yet, and `last_four_confirmed`: they are correct.
    `progress_token` belongs to the receipt of this visit. If there are several `enrolments`, one of them has to be
    chosen; `shareable`: one portrait can serve them all. `also_for` holds the other enrolments of the portrait.
    `fees` are those that the enrolments of the portrait still have to pay according to the roster.
    """

    student: str
    campaign: str
    name: str
    last_four: str
    progress_url: str
    identified_by: IdentifiedBy = "id_card"
    document: DocumentSummary | None = None
    typed_last_four: str | None = field(default=None, repr=False)
    last_four_confirmed: bool = False
    progress_token: str | None = field(default=None, repr=False)
    enrolments: tuple[EnrolmentChoice, ...] = ()
    shareable: bool = False
    also_for: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()

    @property
    def needs_staff(self) -> bool:
        """Whether the operator has to confirm the identity, because the sitter's own confirmation is not enough."""
        return self.document is not None and self.document.needs_staff
