"""Somebody with several enrolments says which of them the portrait is for, and only after it is known who they are."""

from __future__ import annotations

from hardware.identity.documents.document import DocumentReading
from kiosk.sitting import Step
from kiosk.upload.roster_book import Found
from tests.conducting import CARD, NOW, Studio, studio

__all__ = ["studio"]


def second(studio: Studio) -> Found:
    """A minor in another campaign, of the same person."""
    first = studio.roster.find(CARD.number, NOW)
    student = first.student.model_copy(update={"id": "b" * 32, "campaign": "minor", "label": "法学 · 辅修"})
    return Found(student, first.campaign.model_copy(update={"code": "minor", "title": "辅修"}))


def test_a_card_with_two_enrolments_leads_to_the_choice_and_the_visit_is_for_the_chosen_one(studio: Studio) -> None:
    studio.roster.others = [second(studio)]
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    assert studio.step is Step.CHOOSE
    sitter = studio.conductor.sitting.sitter
    assert sitter is not None
    assert [one.label for one in sitter.enrolments] == ["", "法学 · 辅修"]
    studio.conductor.choose(2)
    assert studio.step is Step.CHOOSE, "there is no third"
    studio.conductor.choose(1)
    studio.conductor.consent()
    visit = studio.conductor._visit
    assert visit is not None
    assert (visit.student, visit.campaign) == ("b" * 32, "minor")


def test_by_a_document_the_enrolments_are_shown_after_the_last_four_characters(studio: Studio) -> None:
    studio.roster.others = [second(studio)]
    studio.conductor.start()
    studio.conductor.show_document()
    studio.conductor.hear_document(DocumentReading("id_card", CARD.number, ""))
    studio.conductor.pump()
    studio.conductor.confirm()
    assert studio.step is Step.LAST_FOUR
    studio.conductor.type_last_four(CARD.number[-4:])
    assert studio.step is Step.CHOOSE
    studio.conductor.choose(0)
    assert studio.step is Step.CONSENT


def test_one_enrolment_leaves_nothing_to_choose(studio: Studio) -> None:
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    assert studio.step is Step.CONSENT
