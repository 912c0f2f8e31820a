"""A person with several enrolments chooses the one of the portrait, only after their identification."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.document_reader.api import DocumentReading
from config.i18n import Message
from hardware.card_reader.api import ReaderProblem
from kiosk.capture.storage import FileStore
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import RosterProblem
from kiosk.upload.roster_index import Enrolment
from kiosk.visit.step import Step
from tests.kiosk.upload.samples import draft
from tests.kiosk.visit.harness import CARD, NOW, VisitHarness, studio

__all__ = ["studio"]


def second_enrolment(studio: VisitHarness) -> Enrolment:
    """A minor in another campaign, of the same person."""
    first = studio.roster.find(CARD.number, NOW)
    student = first.student.model_copy(update={"id": "b" * 32, "campaign": "minor", "label": "法学 · 辅修"})
    return Enrolment(student, first.campaign.model_copy(update={"code": "minor", "title": "辅修"}))


def document_to_last_four(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", CARD.number, ""))
    studio.controller.process_events()
    studio.controller.confirm()
    assert studio.step is Step.LAST_FOUR


def test_a_card_with_two_enrolments_leads_to_the_choice_and_the_visit_is_for_the_chosen_one(
    studio: VisitHarness,
) -> None:
    studio.roster.other_enrolments = [second_enrolment(studio)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.CHOOSE
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert [one.label for one in sitter.enrolments] == ["", "法学 · 辅修"]
    studio.controller.choose_enrolment(2)
    assert studio.step is Step.CHOOSE, "there is no third enrolment"
    studio.controller.choose_enrolment(1)
    studio.controller.consent()
    visit = studio.controller._parts.lifecycle.visit
    assert visit is not None
    assert (visit.student, visit.campaign) == ("b" * 32, "minor")


def test_with_a_document_the_enrolments_are_shown_after_the_last_four_characters(studio: VisitHarness) -> None:
    studio.roster.other_enrolments = [second_enrolment(studio)]
    document_to_last_four(studio)
    studio.controller.submit_last_four(CARD.number[-4:])
    assert studio.step is Step.CHOOSE
    studio.controller.choose_enrolment(0)
    assert studio.step is Step.CONSENT


def test_one_portrait_serves_all_enrolments_of_the_same_standard(studio: VisitHarness) -> None:
    studio.roster.other_enrolments = [second_enrolment(studio)]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.shareable
    studio.controller.choose_all_enrolments()
    studio.controller.consent()
    visit = studio.controller._parts.lifecycle.visit
    assert visit is not None
    assert (visit.student, visit.also_for) == (studio.roster.find(CARD.number, NOW).student.id, ("b" * 32,))


def test_enrolments_of_different_standards_do_not_share(studio: VisitHarness) -> None:
    one = second_enrolment(studio)
    studio.roster.other_enrolments = [Enrolment(one.student, one.campaign.model_copy(update={"background": "white"}))]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.choose_all_enrolments()
    assert studio.step is Step.CHOOSE


def test_further_enrolments_of_a_portrait_are_stored_and_sent(tmp_path: Path) -> None:
    file_cipher = FileCipher.load_or_create(tmp_path / "station.key")
    outbox = Outbox(tmp_path / "outbox.db", cipher=file_cipher)
    originals = FileStore(tmp_path / "files", file_cipher.encrypt, file_cipher.decrypt)
    visit = outbox.create(replace(draft(), also_for=("b" * 32,)), originals.store(b"shot", "a.jpg"))
    outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    assert outbox.get(visit).submission().also_for == ("b" * 32,)


def test_one_enrolment_leaves_nothing_to_choose(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.CONSENT


def test_a_second_tap_changes_neither_the_enrolment_nor_the_standard(studio: VisitHarness) -> None:
    one = second_enrolment(studio)
    studio.roster.other_enrolments = [Enrolment(one.student, one.campaign.model_copy(update={"background": "white"}))]
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    studio.controller.choose_enrolment(0)
    before, standard = studio.controller.state, studio.controller._parts.identification.standard
    assert before.sitter is not None
    assert before.sitter.also_for == ()
    studio.controller.choose_enrolment(1)
    assert studio.controller.state is before
    assert studio.controller._parts.identification.standard is standard


def test_a_refused_card_does_not_change_the_enrolments_of_the_student_who_types(studio: VisitHarness) -> None:
    """The first enrolment of the other student has a standard that this station cannot load."""
    own = second_enrolment(studio)
    studio.roster.other_enrolments = [own]
    document_to_last_four(studio)
    other = own.student.model_copy(update={"id": "c" * 32})
    studio.roster.other_enrolments = [Enrolment(other, own.campaign)]
    studio.roster.campaign_changes = {"standard": "unknown"}
    studio.controller.on_card(replace(CARD, number="990101200001015678"))
    studio.controller.process_events()
    notice = studio.controller.state.notice
    assert notice is not None
    assert notice.key == "station.no_standard", "control: the card was refused"
    studio.controller.submit_last_four(CARD.number[-4:])
    studio.controller.choose_enrolment(1)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.student == own.student.id


def test_a_card_that_is_refused_while_the_student_types_shows_why(studio: VisitHarness) -> None:
    document_to_last_four(studio)
    studio.roster.refusal = RosterProblem("roster.captured", school="示范大学", title="2026")
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.LAST_FOUR
    assert studio.controller.state.notice == Message("roster.captured", {"school": "示范大学", "title": "2026"})
    studio.controller.on_card_problem(ReaderProblem("reader.card_moved"))
    studio.controller.process_events()
    assert studio.controller.state.notice == Message("reader.card_moved")
    studio.controller.on_broken_code()
    studio.controller.process_events()
    assert studio.controller.state.notice == Message("reader.card_moved"), "codes are not accepted at this step"
    studio.controller.submit_last_four(CARD.number[-4:])
    assert studio.step is Step.CONSENT
