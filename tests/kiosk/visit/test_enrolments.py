"""Somebody with several enrolments says which of them the portrait is for, and only after it is known who they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hardware.document_reader.api import DocumentReading
from kiosk.capture.storage import Originals
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import Enrolment
from kiosk.visit.state import Step
from tests.kiosk.upload.samples import draft
from tests.kiosk.visit.conducting import CARD, NOW, Studio, studio

__all__ = ["studio"]


def second(studio: Studio) -> Enrolment:
    """A minor in another campaign, of the same person."""
    first = studio.roster.find(CARD.number, NOW)
    student = first.student.model_copy(update={"id": "b" * 32, "campaign": "minor", "label": "法学 · 辅修"})
    return Enrolment(student, first.campaign.model_copy(update={"code": "minor", "title": "辅修"}))


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


def test_one_portrait_serves_all_enrolments_of_the_same_standard(studio: Studio) -> None:
    studio.roster.others = [second(studio)]
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    sitter = studio.conductor.sitting.sitter
    assert sitter is not None
    assert sitter.shareable
    studio.conductor.choose_all()
    studio.conductor.consent()
    visit = studio.conductor._visit
    assert visit is not None
    assert (visit.student, visit.also_for) == (studio.roster.find(CARD.number, NOW).student.id, ("b" * 32,))


def test_enrolments_of_different_standards_do_not_share(studio: Studio) -> None:
    one = second(studio)
    studio.roster.others = [Enrolment(one.student, one.campaign.model_copy(update={"background": "white"}))]
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    studio.conductor.choose_all()
    assert studio.step is Step.CHOOSE


def test_what_a_portrait_is_also_for_is_stored_and_sent(tmp_path: Path) -> None:
    vault = FileCipher.load_or_create(tmp_path / "station.key")
    outbox = Outbox(tmp_path / "outbox.db", cipher=vault)
    originals = Originals(tmp_path / "files", vault.encrypt, vault.decrypt)
    visit = outbox.create(replace(draft(), also_for=("b" * 32,)), originals.keep(b"shot", "a.jpg"))
    outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    assert outbox.get(visit).submission().also_for == ("b" * 32,)


def test_one_enrolment_leaves_nothing_to_choose(studio: Studio) -> None:
    studio.conductor.hear_card(CARD)
    studio.conductor.pump()
    assert studio.step is Step.CONSENT
