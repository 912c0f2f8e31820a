"""Identification of the sitter by card, code, document or operator, up to the choice of an enrolment."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.i18n import Message
from config.id_number import last_four
from config.standards.registry import PhotoStandard
from hardware.card_reader.api import CardReading
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.identification.last_four import LastFourCheck, LastFourResult
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.upload.roster_index import Enrolment
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import message_for, problem_of
from kiosk.visit.payment import Fee, fee_of
from kiosk.visit.ports import Clock, Services
from kiosk.visit.sitter import EnrolmentChoice, Sitter, summarize_document
from kiosk.visit.step import Step

log = logging.getLogger(__name__)
CODE_LIMIT: Final = AttemptLimit(tries=8, pause=30.0, max_pause=600.0, reset_after=600.0)
"""Maximum codes in a row that identify nobody or somebody else. Student numbers are consecutive: without a limit
somebody could show all numbers of a year on a phone and read one masked name after the other."""
_CODE_COUNTER: Final = "codes"


class Identification:
    """Finds the student and the photo `standard` of their campaign.

    All methods run on the controller's thread: `on_done(future, callback)` calls the callback there.
    """

    def __init__(
        self,
        state: CurrentState,
        services: Services,
        clock: Clock,
        standard_of: Callable[[CampaignPayload], PhotoStandard],
        on_done: Callable[..., None],
        request_help: Callable[[Message], None],
        *,
        documents_for_staff: bool,
        last_four_check: LastFourCheck | None,
        attempts: AttemptCounters | None,
    ) -> None:
        self.standard: PhotoStandard | None = None
        self._state, self._services, self._clock = state, services, clock
        self._standard_of, self._on_done, self._request_help = standard_of, on_done, request_help
        self._documents_for_staff = documents_for_staff
        self._last_four_check, self._attempts = last_four_check, attempts
        self._expected_last_four = ""
        self._matches: list[Enrolment] = []
        # A separate thread for the server, which may take long.
        self._server_executor = ThreadPoolExecutor(1, thread_name_prefix="ask-server")

    def close(self) -> None:
        self._server_executor.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ card, code and document

    def handle_card(self, card: CardReading) -> None:
        sitter = self._look_up_sitter("id_card", lambda today: self._services.roster.find_all(card.number, today))
        if sitter is not None:
            identified = replace(sitter, last_four=last_four(card.number))
            self._state.transition_to(self._state.value.on_identified(identified, self._state.now))

    def handle_code(self, payload: str) -> None:
        """Look up a code and ask the sitter to confirm it, because a code can be a picture of anybody's."""
        codes = self._services.code_lookup
        if codes is None or self._are_codes_paused():
            return
        sitter = self._look_up_sitter("code", lambda today: [codes.find(payload, today)])
        if sitter is not None:
            self._state.transition_to(self._state.value.on_recognised(sitter, self._state.now))
        elif self._state.value.step is Step.IDENTIFY:
            self._count_failed_code()

    def handle_document(self, reading: DocumentReading) -> None:
        """Look up a document and ask the sitter to confirm it, because it can be anybody's, or a picture."""
        if self._state.value.step is not Step.DOCUMENT:
            return
        sitter = self._look_up_sitter("document", lambda today: self._services.roster.find_all(reading.number, today))
        if sitter is None:
            return
        self._expected_last_four = last_four(reading.number)
        document = summarize_document(reading, sitter.name, self._documents_for_staff)
        if document.name_differs:
            log.warning("the name on a document differs from the roster; the operator has to compare it")
        sitter = replace(sitter, document=document)
        self._state.transition_to(self._state.value.on_recognised(sitter, self._state.now))

    def refuse(self, reason: Message, by: IdentifiedBy) -> None:
        """Show why a card, code or document was not accepted."""
        state, now = self._state.value, self._state.now
        refused = state.on_card_refused(reason, now) if by == "id_card" else state.on_not_identified(reason, now)
        self._state.transition_to(refused)

    def deny(self) -> None:
        """Handle a sitter who is not the person of the code or document."""
        if self._state.value.asks_confirmation:
            self._count_failed_code()
        self._state.transition_to(self._state.value.on_denied(Message("code.other_student"), self._state.now))

    def _look_up_sitter(self, by: IdentifiedBy, find: Callable[[datetime], list[Enrolment]]) -> Sitter | None:
        """Return the sitter that `find` returns; on failure show the reason and return None."""
        if not self._state.value.accepts_identification(by):
            return None
        try:
            matches = find(self._clock.wall())
            standard = self._standard_of(matches[0].campaign)
        except Problem as problem:
            self.refuse(message_for(problem), by)
            return None
        # Only now: a card that is refused while a student types must not change the enrolments of that student.
        self._matches, self.standard = matches, standard
        match, student = matches[0], matches[0].student
        token = secrets.token_urlsafe(16) if self._services.roster.progress_base else None
        address = self._services.roster.progress_base + token if token else student.progress_url
        self._expected_last_four = student.last_four  # sent by servers of 86a4649 only
        sitter = Sitter(student.id, match.campaign.code, student.name, "", address, by, progress_token=token)
        sitter = replace(sitter, fees=_fees([match]))
        return replace(sitter, enrolments=_enrolment_choices(self._matches), shareable=_shareable(self._matches))

    def _are_codes_paused(self) -> bool:
        """Return whether codes are refused for a while; the screen then shows how long."""
        wait = self._attempts.seconds_to_wait(_CODE_COUNTER, CODE_LIMIT) if self._attempts is not None else 0.0
        if wait and self._state.value.accepts_identification("code"):
            self.refuse(Message("code.paused", {"seconds": math.ceil(wait)}), "code")
        return bool(wait)

    def _count_failed_code(self) -> None:
        """Delay a person who tries many codes that identify nobody, or somebody else."""
        if self._attempts is not None:
            self._attempts.record_failure(_CODE_COUNTER, CODE_LIMIT)
            self._are_codes_paused()

    # ------------------------------------------------------------------ the last four characters

    def submit_last_four(self, typed: str) -> None:
        """Check the last four characters of the ID number that the student typed."""
        before, sitter = self._state.value, self._state.value.sitter
        self._state.transition_to(before.on_last_four_typed(self._state.now))
        if self._state.value is before or sitter is None:
            return
        if self._last_four_check is None:  # no server: they are compared later
            self._state.transition_to(self._state.value.on_last_four_accepted(typed, False, self._state.now))
            return
        check = self._server_executor.submit(
            self._last_four_check.check, sitter.student, typed, self._expected_last_four
        )
        self._on_done(check, lambda done: self._on_last_four_checked(sitter, typed, done))

    def _on_last_four_checked(self, sitter: Sitter, typed: str, done: Future[LastFourResult]) -> None:
        state = self._state.value
        if state.sitter is not sitter or not state.checking:
            return
        result = LastFourResult(None) if problem_of(done) is not None else done.result()
        if result.correct is False:
            self._reject_last_four(result)
            return
        if self._attempts is not None:
            self._attempts.reset(_CODE_COUNTER)
        unchecked = None if result.correct else typed
        self._state.transition_to(state.on_last_four_accepted(unchecked, bool(result.correct), self._state.now))

    def _reject_last_four(self, result: LastFourResult) -> None:
        log.warning("the last four characters typed were not accepted")
        state, now = self._state.value, self._state.now
        if result.tries_left:
            reason = Message("last_four.wrong", {"left": result.tries_left})
            self._state.transition_to(state.on_last_four_wrong(reason, now))
            return
        self._state.transition_to(state.on_last_four_wrong(Message("last_four.locked"), now, locked=True))
        self._request_help(Message("last_four.for_operator"))

    # ------------------------------------------------------------------ the enrolment

    def choose_enrolment(self, index: int) -> None:
        """Make the portrait for one of the student's enrolments."""
        self._choose_enrolments(self._matches[index : index + 1])

    def choose_all_enrolments(self) -> None:
        """Make the portrait for all enrolments of the student."""
        sitter = self._state.value.sitter
        if sitter is not None and sitter.shareable:
            self._choose_enrolments(self._matches)

    def _choose_enrolments(self, enrolments: list[Enrolment]) -> None:
        state, now = self._state.value, self._state.now
        if state.sitter is None or state.step is not Step.CHOOSE or not enrolments:
            return
        try:
            self.standard = self._standard_of(enrolments[0].campaign)
        except Problem as problem:
            self._state.transition_to(state.on_leave(now).on_not_identified(message_for(problem), now))
            return
        chosen = _with_enrolments(state.sitter, enrolments)
        self._state.transition_to(state.on_enrolment_chosen(chosen, now))


def _with_enrolments(sitter: Sitter, enrolments: list[Enrolment]) -> Sitter:
    student = enrolments[0].student
    return replace(
        sitter,
        student=student.id,
        campaign=enrolments[0].campaign.code,
        progress_url=sitter.progress_url if sitter.progress_token else student.progress_url,
        enrolments=(),
        fees=_fees(enrolments),
        also_for=tuple(enrolment.student.id for enrolment in enrolments[1:]),
    )


def _fees(enrolments: list[Enrolment]) -> tuple[Fee, ...]:
    """Return the fees that are due, one for each enrolment of the portrait."""
    fees = (fee_of(enrolment.campaign, enrolment.student) for enrolment in enrolments)
    return tuple(fee for fee in fees if fee is not None)


def _enrolment_choices(enrolments: list[Enrolment]) -> tuple[EnrolmentChoice, ...]:
    """Return the texts that a screen shows for each enrolment; nothing for a single one."""
    if len(enrolments) < 2:
        return ()
    return tuple(
        EnrolmentChoice(enrolment.student.label, f"{enrolment.campaign.school} · {enrolment.campaign.title}")
        for enrolment in enrolments
    )


def _shareable(enrolments: list[Enrolment]) -> bool:
    """Return whether one portrait meets the standard of every enrolment; the server checks the same."""
    campaigns = [enrolment.campaign for enrolment in enrolments]
    standards = {(campaign.standard, campaign.background, campaign.simulated) for campaign in campaigns}
    return len(enrolments) > 1 and len(standards) == 1
