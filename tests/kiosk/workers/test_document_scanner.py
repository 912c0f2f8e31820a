"""A document before the camera: read by the desk, looked up by the controller, confirmed by eye, kept by nobody."""

from __future__ import annotations

import gc
import itertools
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from config.arrays import Pixels
from config.document_reader.api import DocumentProblem, DocumentReading
from config.errors import Problem
from config.i18n import Message
from config.settings.station import station_settings
from hardware.cameras.api import Frame
from kiosk.upload.roster import RosterProblem
from kiosk.visit.sitter import summarize_document
from kiosk.visit.step import Step
from kiosk.workers.document_scanner import DocumentScanner, ReadDocument, make_reader
from tests.config.document_reader.synthetic_documents import CHINESE, NUMBER, card, photograph, requires_font
from tests.kiosk.visit.harness import CARD, VisitHarness, studio
from tests.waiting import eventually, scale_timeout

__all__ = ["studio"]
READING = DocumentReading("id_card", CARD.number, "王小明")
PICTURE = np.zeros((6, 8, 3), np.uint8)


class Listener:
    """The reports of the scanner, in order."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.readings: list[DocumentReading] = []

    def on_progress(self, how: Message) -> None:
        self.messages.append(how.key)

    def on_reading(self, reading: DocumentReading) -> None:
        self.readings.append(reading)


class FakeCamera:
    """A camera that always has a newer frame, unless it is `dark`."""

    def __init__(self, picture: Pixels = PICTURE) -> None:
        self.dark = False
        self._picture = picture
        self._numbers = itertools.count(1)

    def newest(self, after: int) -> Frame | None:
        return None if self.dark else Frame(self._picture, next(self._numbers), 0.0)


def scanner(
    read: ReadDocument, received: Listener, lens: FakeCamera | None = None, clock: Callable[[], float] = lambda: 0.0
) -> DocumentScanner:
    """A scanner on which the text recognition is installed, and `read` replaces it."""
    settings = station_settings(documents={"enabled": True})
    newest = (lens or FakeCamera()).newest
    return DocumentScanner(
        settings, newest, received.on_reading, received.on_progress, lambda *_: None, lambda: True, read, clock
    )


@contextmanager
def running_scanner(
    read: ReadDocument, received: Listener, lens: FakeCamera | None = None, clock: Callable[[], float] = lambda: 0.0
) -> Iterator[DocumentScanner]:
    made = scanner(read, received, lens, clock)
    made.start()
    yield made
    made.stop()


def in_turn(*outcomes: DocumentReading | Exception) -> ReadDocument:
    """Returns each of them for one picture after the other, and nothing for all later ones."""
    left = list(outcomes)

    def read(pixels: Pixels) -> DocumentReading:
        outcome = left.pop(0) if left else DocumentProblem("document.none_visible")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return read


def test_what_two_pictures_agree_on_is_reported_once() -> None:
    received = Listener()
    with running_scanner(
        in_turn(DocumentProblem("document.no_number"), READING, READING, READING), received
    ) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: received.readings)
        running.on_step(Step.DOCUMENT)  # the controller reports it with every change
        running.on_step(Step.IDENTIFY)
    assert received.readings == [READING]
    assert received.messages == ["document.no_number", "document.confirming"]


def test_two_different_numbers_are_ignored() -> None:
    received = Listener()
    other = DocumentReading("id_card", "99010220040708022X", "林晚舟")
    with running_scanner(in_turn(READING, other), received) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: "document.none_visible" in received.messages)
    assert received.readings == []


def test_what_was_read_of_somebody_who_has_left_is_reported_to_nobody() -> None:
    received, reading, left = Listener(), threading.Event(), threading.Event()
    pictures: list[str] = []

    def read(pixels: Pixels) -> DocumentReading:
        pictures.append("first" if not left.is_set() else "second")
        if pictures[-1] == "first":
            reading.set()
            left.wait(scale_timeout(10))
            return DocumentReading("id_card", "99010220040708022X", "")
        return READING

    with running_scanner(read, received) as running:
        running.on_step(Step.DOCUMENT)
        assert reading.wait(scale_timeout(10))
        running.on_step(Step.IDLE)
        running.on_step(Step.DOCUMENT)  # the next one comes while the picture of the first is still being read
        left.set()
        eventually(lambda: received.readings)
    assert pictures == ["first", "second", "second"], "the first one's picture may not count as one of two"
    assert received.readings == [READING]


def test_it_looks_only_while_a_document_is_shown() -> None:
    looked = threading.Event()

    def read(pixels: Pixels) -> DocumentReading:
        looked.set()
        raise DocumentProblem("document.none_visible")

    with running_scanner(read, Listener()) as running:
        for step in (Step.IDENTIFY, Step.CONSENT, Step.POSE):
            running.on_step(step)
        assert not looked.wait(0.05)
        running.on_step(Step.DOCUMENT)
        assert looked.wait(scale_timeout(10)), "otherwise the check above proves nothing"


def test_a_dark_camera_is_reported() -> None:
    received, lens, times = Listener(), FakeCamera(), itertools.count(0.0, 1.0)
    lens.dark = True
    with running_scanner(in_turn(), received, lens, clock=lambda: next(times)) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: received.messages)
        running.on_step(Step.IDLE)
    assert set(received.messages) == {"document.no_picture"}


def test_a_picture_that_breaks_the_recognition_ends_nothing() -> None:
    received = Listener()
    with running_scanner(in_turn(RuntimeError("onnx"), READING, READING), received) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: received.readings)
    assert received.messages == ["document.failed", "document.confirming"]


def test_no_picture_is_kept() -> None:
    received = Listener()
    lens = FakeCamera(np.zeros((6, 8, 3), np.uint8))
    gone = weakref.ref(lens._picture)
    with running_scanner(in_turn(READING, READING), received, lens) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: received.readings)
        del lens._picture
        eventually(lambda: gone() is None, lambda: gc.collect() and None)


@requires_font(CHINESE, "fonts-noto-cjk")
def test_a_drawn_card_is_read_by_the_real_recognition() -> None:
    pytest.importorskip("rapidocr")
    picture, read, received = photograph(card(), turn=3), make_reader(), Listener()
    known: list[DocumentReading] = []

    def once(pixels: Pixels) -> DocumentReading:
        """Two seconds are enough for one test: the second picture is the same."""
        known.extend([] if known else [read(pixels)])
        return known[0]

    with running_scanner(once, received, FakeCamera(picture)) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: received.readings, timeout=60)
    assert (received.readings[0].number, received.readings[0].name) == (NUMBER, "林晚舟")


# ---------------------------------------------------------------------- what a screen may show


@pytest.mark.parametrize(
    ("reading", "other"),
    [
        (READING, False),
        (DocumentReading("id_card", CARD.number, ""), False),  # not legible: nothing to compare
        (DocumentReading("id_card", CARD.number, "王小朋"), True),
        (DocumentReading("passport", "E99012345", "WANG XIAOMING"), False),  # in other letters
    ],
)
def test_a_name_that_is_not_the_roster_s_is_for_the_staff(reading: DocumentReading, other: bool) -> None:
    document = summarize_document(reading, "王*明", needs_staff=False)
    assert (document.name_differs, document.needs_staff) == (other, other)
    assert reading.number not in repr(document)
    assert not any(character.isdigit() for character in document.number)
    assert not reading.name or reading.name not in repr(document)


# ---------------------------------------------------------------------- the visit


def show(studio: VisitHarness, reading: DocumentReading = READING) -> None:
    studio.controller.start()
    studio.controller.start_document()
    assert studio.step is Step.DOCUMENT
    studio.controller.on_document_progress(Message("document.confirming"))
    studio.controller.on_document(reading)
    studio.controller.process_events()


def test_a_visit_by_document_is_sent_as_one(studio: VisitHarness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    show(studio)
    assert studio.controller.state.asks_confirmation
    assert studio.step is Step.IDENTIFY
    studio.controller.confirm()
    studio.controller.submit_last_four(CARD.number[-4:])
    studio.controller.consent()
    studio.pose_until_shot()
    studio.deliver_portrait()
    item = studio.accept()
    assert item.submission().identified_by == "document"
    assert CARD.number not in caplog.text
    assert READING.name not in caplog.text


def test_the_newest_picture_s_outcome_stands_on_the_screen(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    assert studio.controller.state.notice == Message("document.searching")
    studio.controller.on_document_progress(Message("document.no_number"))
    studio.controller.process_events()
    assert studio.controller.state.notice == Message("document.no_number")


def test_a_number_that_nobody_expects_is_answered_as_a_card_s(studio: VisitHarness) -> None:
    studio.roster.refusal = RosterProblem("roster.unknown")
    show(studio)
    assert (studio.step, studio.controller.state.notice) == (Step.IDENTIFY, Message("roster.unknown"))


def test_another_name_is_no_refusal_but_waits_for_the_staff(studio: VisitHarness) -> None:
    show(studio, DocumentReading("id_card", CARD.number, "王小朋"))
    studio.controller.confirm()
    assert studio.controller.state.asks_confirmation, "the sitter's own word is not enough here"
    studio.controller.confirm_by_staff()
    assert studio.step is Step.LAST_FOUR


def test_a_setting_lets_the_staff_look_at_every_document(tmp_path: Path) -> None:
    studio = VisitHarness(tmp_path)
    studio.controller._parts.identification._documents_for_staff = True
    show(studio)
    studio.controller.confirm()
    assert studio.controller.state.asks_confirmation
    studio.controller.confirm_by_staff()
    assert studio.step is Step.LAST_FOUR
    studio.controller.close()
    studio.outbox.close()


def test_a_document_put_away_is_ignored(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.cancel_document()
    studio.controller.on_document(READING)
    studio.controller.process_events()
    assert (studio.step, studio.controller.state.sitter) == (Step.IDENTIFY, None)


def test_a_card_is_taken_while_a_document_is_shown(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert (studio.step, sitter and sitter.identified_by) == (Step.CONSENT, "id_card")


# ---------------------------------------------------------------------- whether it is offered


@pytest.mark.parametrize(
    ("enabled", "there", "offered", "key"),
    [
        (True, True, True, ""),
        (True, False, False, "document.not_installed"),
        (False, True, False, "document.not_enabled"),
    ],
)
def test_it_is_offered_where_it_is_enabled_and_installed(enabled: bool, there: bool, offered: bool, key: str) -> None:
    noted: list[tuple[str, Problem | None]] = []
    received = Listener()
    settings = station_settings(documents={"enabled": enabled})
    way = DocumentScanner(
        settings,
        FakeCamera().newest,
        received.on_reading,
        received.on_progress,
        lambda *note: noted.append(note),
        lambda: there,
    )
    assert way.available is offered
    assert (way.problem.key if way.problem else "") == key
    way.on_step(Step.DOCUMENT)
    way.stop()
