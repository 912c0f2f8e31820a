"""A document in front of the camera: read by the scanner, looked up by the controller, confirmed, never stored."""

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

    def on_progress(self, message: Message) -> None:
        self.messages.append(message.key)

    def on_reading(self, reading: DocumentReading) -> None:
        self.readings.append(reading)


class FakeCamera:
    """A camera that always has a newer frame, unless `has_stopped` is set."""

    def __init__(self, picture: Pixels = PICTURE) -> None:
        self.has_stopped = False
        self._picture = picture
        self._numbers = itertools.count(1)

    def newest(self, after: int) -> Frame | None:
        return None if self.has_stopped else Frame(self._picture, next(self._numbers), 0.0)


def scanner(
    read: ReadDocument, listener: Listener, camera: FakeCamera | None = None, clock: Callable[[], float] = lambda: 0.0
) -> DocumentScanner:
    """Return a scanner that uses `read` instead of the text recognition."""
    settings = station_settings(documents={"enabled": True})
    newest = (camera or FakeCamera()).newest
    return DocumentScanner(
        settings, newest, listener.on_reading, listener.on_progress, lambda *_: None, lambda: True, read, clock
    )


@contextmanager
def running_scanner(
    read: ReadDocument, listener: Listener, camera: FakeCamera | None = None, clock: Callable[[], float] = lambda: 0.0
) -> Iterator[DocumentScanner]:
    running = scanner(read, listener, camera, clock)
    running.start()
    yield running
    running.stop()


def in_turn(*outcomes: DocumentReading | Exception) -> ReadDocument:
    """Return a reader with one outcome for each picture in turn, and no document in any later picture."""
    remaining = list(outcomes)

    def read(pixels: Pixels) -> DocumentReading:
        outcome = remaining.pop(0) if remaining else DocumentProblem("document.none_visible")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return read


def test_a_reading_on_which_two_pictures_agree_is_reported_once() -> None:
    listener = Listener()
    with running_scanner(
        in_turn(DocumentProblem("document.no_number"), READING, READING, READING), listener
    ) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: listener.readings)
        running.on_step(Step.DOCUMENT)  # the controller reports it with every change
        running.on_step(Step.IDENTIFY)
    assert listener.readings == [READING]
    assert listener.messages == ["document.no_number", "document.confirming"]


def test_two_different_numbers_are_ignored() -> None:
    listener = Listener()
    other = DocumentReading("id_card", "99010220040708022X", "林晚舟")
    with running_scanner(in_turn(READING, other), listener) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: "document.none_visible" in listener.messages)
    assert listener.readings == []


def test_a_reading_of_a_student_who_has_left_is_not_reported() -> None:
    listener, is_reading, has_left = Listener(), threading.Event(), threading.Event()
    pictures: list[str] = []

    def read(pixels: Pixels) -> DocumentReading:
        pictures.append("first" if not has_left.is_set() else "second")
        if pictures[-1] == "first":
            is_reading.set()
            has_left.wait(scale_timeout(10))
            return DocumentReading("id_card", "99010220040708022X", "")
        return READING

    with running_scanner(read, listener) as running:
        running.on_step(Step.DOCUMENT)
        assert is_reading.wait(scale_timeout(10))
        running.on_step(Step.IDLE)
        running.on_step(Step.DOCUMENT)  # the next student comes while the first one's picture is still being read
        has_left.set()
        eventually(lambda: listener.readings)
    assert pictures == ["first", "second", "second"], "the first student's picture must not count as one of the two"
    assert listener.readings == [READING]


def test_pictures_are_read_only_while_a_document_is_shown() -> None:
    has_read = threading.Event()

    def read(pixels: Pixels) -> DocumentReading:
        has_read.set()
        raise DocumentProblem("document.none_visible")

    with running_scanner(read, Listener()) as running:
        for step in (Step.IDENTIFY, Step.CONSENT, Step.POSE):
            running.on_step(step)
        assert not has_read.wait(0.05)
        running.on_step(Step.DOCUMENT)
        assert has_read.wait(scale_timeout(10)), "otherwise the check above proves nothing"


def test_a_camera_without_frames_is_reported() -> None:
    listener, camera, times = Listener(), FakeCamera(), itertools.count(0.0, 1.0)
    camera.has_stopped = True
    with running_scanner(in_turn(), listener, camera, clock=lambda: next(times)) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: listener.messages)
        running.on_step(Step.IDLE)
    assert set(listener.messages) == {"document.no_picture"}


def test_an_error_of_the_recognition_does_not_stop_the_scanner() -> None:
    listener = Listener()
    with running_scanner(in_turn(RuntimeError("onnx"), READING, READING), listener) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: listener.readings)
    assert listener.messages == ["document.failed", "document.confirming"]


def test_no_picture_is_kept() -> None:
    listener = Listener()
    camera = FakeCamera(np.zeros((6, 8, 3), np.uint8))
    reference = weakref.ref(camera._picture)
    with running_scanner(in_turn(READING, READING), listener, camera) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: listener.readings)
        del camera._picture
        eventually(lambda: reference() is None, lambda: gc.collect() and None)


@requires_font(CHINESE, "fonts-noto-cjk")
def test_a_drawn_card_is_read_by_the_real_recognition() -> None:
    pytest.importorskip("rapidocr")
    picture, read, listener = photograph(card(), turn=3), make_reader(), Listener()
    readings: list[DocumentReading] = []

    def read_once(pixels: Pixels) -> DocumentReading:
        """Read only the first picture, which takes two seconds; the second one is the same."""
        readings.extend([] if readings else [read(pixels)])
        return readings[0]

    with running_scanner(read_once, listener, FakeCamera(picture)) as running:
        running.on_step(Step.DOCUMENT)
        eventually(lambda: listener.readings, timeout=60)
    assert (listener.readings[0].number, listener.readings[0].name) == (NUMBER, "林晚舟")


# ---------------------------------------------------------------------- what a screen may show


@pytest.mark.parametrize(
    ("reading", "differs"),
    [
        (READING, False),
        (DocumentReading("id_card", CARD.number, ""), False),  # not legible: nothing to compare
        (DocumentReading("id_card", CARD.number, "王小朋"), True),
        (DocumentReading("passport", "E99012345", "WANG XIAOMING"), False),  # in another script
    ],
)
def test_a_name_that_differs_from_the_roster_needs_the_staff(reading: DocumentReading, differs: bool) -> None:
    document = summarize_document(reading, "王*明", needs_staff=False)
    assert (document.name_differs, document.needs_staff) == (differs, differs)
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


def test_the_outcome_of_the_newest_picture_is_shown(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    assert studio.controller.state.notice == Message("document.searching")
    studio.controller.on_document_progress(Message("document.no_number"))
    studio.controller.process_events()
    assert studio.controller.state.notice == Message("document.no_number")


def test_an_unknown_number_is_reported_like_that_of_a_card(studio: VisitHarness) -> None:
    studio.roster.refusal = RosterProblem("roster.unknown")
    show(studio)
    assert (studio.step, studio.controller.state.notice) == (Step.IDENTIFY, Message("roster.unknown"))


def test_another_name_is_not_refused_but_waits_for_the_staff(studio: VisitHarness) -> None:
    show(studio, DocumentReading("id_card", CARD.number, "王小朋"))
    studio.controller.confirm()
    assert studio.controller.state.asks_confirmation, "the sitter's own confirmation is not enough here"
    studio.controller.confirm_by_staff()
    assert studio.step is Step.LAST_FOUR


def test_a_setting_requires_the_staff_to_look_at_every_document(tmp_path: Path) -> None:
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


def test_a_card_is_accepted_while_a_document_is_shown(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert (studio.step, sitter and sitter.identified_by) == (Step.CONSENT, "id_card")


# ---------------------------------------------------------------------- whether it is offered


@pytest.mark.parametrize(
    ("enabled", "installed", "offered", "key"),
    [
        (True, True, True, ""),
        (True, False, False, "document.not_installed"),
        (False, True, False, "document.not_enabled"),
    ],
)
def test_it_is_offered_where_it_is_enabled_and_installed(
    enabled: bool, installed: bool, offered: bool, key: str
) -> None:
    device_problems: list[tuple[str, Problem | None]] = []
    listener = Listener()
    settings = station_settings(documents={"enabled": enabled})
    document_scanner = DocumentScanner(
        settings,
        FakeCamera().newest,
        listener.on_reading,
        listener.on_progress,
        lambda *reported: device_problems.append(reported),
        lambda: installed,
    )
    assert document_scanner.available is offered
    assert (document_scanner.problem.key if document_scanner.problem else "") == key
    document_scanner.on_step(Step.DOCUMENT)
    document_scanner.stop()
    assert device_problems == [], "a missing installation or setting is no failure of a device"
