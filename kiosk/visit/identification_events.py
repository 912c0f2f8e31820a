"""Events of a visit until the student is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from config.i18n import Message
from kiosk.visit.sitter import Sitter
from kiosk.visit.state_data import StateData, allowed_at
from kiosk.visit.step import IDENTIFYING_STEPS, Step


class IdentificationEvents(StateData):
    """A card, a code, a document or a typed number names the student, who confirms it."""

    @allowed_at(Step.IDLE, Step.ENDED)
    def on_start(self, now: float) -> Self:
        """Somebody touched the welcome screen, or the screen that shows how the previous visit ended."""
        return self.restart(Step.IDENTIFY, now)

    @allowed_at(*IDENTIFYING_STEPS, Step.LAST_FOUR)
    def on_identified(self, sitter: Sitter, now: float) -> Self:
        """A card was read and its student is expected."""
        return self.restart(Step.IDLE, now, touched_at=self.touched_at)._with_sitter(sitter, now)

    @allowed_at(*IDENTIFYING_STEPS)
    def on_recognised(self, sitter: Sitter, now: float) -> Self:
        """A code or a document identified a student. Its holder has to confirm it, because it can be anybody's."""
        return self.restart(Step.IDENTIFY, now, sitter=sitter)

    def on_confirmed(self, now: float, by_staff: bool = False) -> Self:
        """The sitter confirmed their identity, or the operator did if that is required.

        A code and a picture of a document can be anybody's: next the sitter types the last four characters of the ID
        number.
        """
        if not self.asks_confirmation or self.sitter is None or (self.sitter.needs_staff and not by_staff):
            return self
        return self.transition_to(Step.LAST_FOUR, now)

    @allowed_at(Step.LAST_FOUR)
    def on_last_four_typed(self, now: float) -> Self:
        """The characters are being checked."""
        if self.checking or self.locked:
            return self
        return replace(self, checking=True, notice=None, touched_at=now)

    @allowed_at(Step.LAST_FOUR)
    def on_last_four_accepted(self, typed: str | None, confirmed: bool, now: float) -> Self:
        """The characters are correct; or they could not be checked yet, and `typed` is compared later."""
        if not self.checking or self.sitter is None:
            return self
        return self._with_sitter(replace(self.sitter, typed_last_four=typed, last_four_confirmed=confirmed), now)

    @allowed_at(Step.LAST_FOUR)
    def on_last_four_wrong(self, reason: Message, now: float, locked: bool = False) -> Self:
        """The characters are not the student's; once `locked`, only the operator can continue."""
        return replace(self, checking=False, locked=locked, notice=reason, touched_at=now)

    @allowed_at(Step.LAST_FOUR)
    def on_staff_confirmed(self, now: float) -> Self:
        """The operator checked the student's document and entered the PIN."""
        if self.sitter is None:
            return self
        return self._with_sitter(replace(self.sitter, identified_by="operator"), now)

    @allowed_at(Step.CHOOSE)
    def on_enrolment_chosen(self, sitter: Sitter, now: float) -> Self:
        """The student chose the enrolment of the portrait."""
        return self.transition_to(Step.CONSENT, now, sitter=sitter)

    def _with_sitter(self, sitter: Sitter, now: float) -> Self:
        """Continue with an identified sitter: with consent, or the choice between several enrolments."""
        step = Step.CHOOSE if sitter.enrolments else Step.CONSENT
        return self.transition_to(step, now, sitter=sitter, checking=False, locked=False)

    def on_denied(self, reason: Message, now: float) -> Self:
        """The sitter is somebody else; the screen removes the name."""
        return self.restart(Step.IDENTIFY, now, notice=reason) if self.asks_confirmation else self

    def on_document_started(self, now: float) -> Self:
        """The sitter wants to show a document to the camera."""
        if self.step is not Step.IDENTIFY or self.asks_confirmation:
            return self
        return self.restart(Step.DOCUMENT, now, notice=Message("document.searching"))

    def on_student_no_started(self, now: float) -> Self:
        """The sitter wants to type their student number."""
        if self.step is not Step.IDENTIFY or self.asks_confirmation:
            return self
        return self.restart(Step.STUDENT_NO, now)

    @allowed_at(Step.STUDENT_NO)
    def on_student_no_cancelled(self, now: float) -> Self:
        """The sitter chooses another way."""
        return self.restart(Step.IDENTIFY, now)

    @allowed_at(Step.DOCUMENT)
    def on_document_progress(self, message: Message) -> Self:
        """The newest picture of the document was read, or was not legible."""
        return replace(self, notice=message)

    @allowed_at(Step.DOCUMENT)
    def on_document_cancelled(self, now: float) -> Self:
        """The sitter chooses another way."""
        return self.restart(Step.IDENTIFY, now)

    @allowed_at(*IDENTIFYING_STEPS)
    def on_not_identified(self, reason: Message, now: float) -> Self:
        """A card, a code or a document was read, but it does not allow a visit."""
        return self.restart(Step.IDENTIFY, now, notice=reason)

    def on_card_refused(self, reason: Message, now: float) -> Self:
        """A card was read, but it does not allow a visit. A student who types the last four characters can continue."""
        if self.step is not Step.LAST_FOUR:
            return self.on_not_identified(reason, now)
        return self if self.checking or self.locked else replace(self, notice=reason, touched_at=now)
