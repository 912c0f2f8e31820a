"""Students without a card type the last four characters of their ID number before anything else of them is shown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from config.document_reader.api import DocumentReading
from config.errors import Problem
from config.i18n import Message
from hardware.barcodes.api import Scan
from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.last_four import STATION_LIMIT, STUDENT_LIMIT, LastFourCheck, LastFourResult
from kiosk.upload.envelope import LastFourAnswer
from kiosk.upload.errors import ServerUnreachable
from kiosk.visit.identification import CODE_LIMIT
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, NOW, VisitHarness
from tests.waiting import wait_for_event

RIGHT = LastFourAnswer(confirmed=True, tries_left=5)


class Server:
    """Accepts the characters 123X, and counts the tries left."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.unreachable: Problem | None = None
        self.tries_left = 5

    def __call__(self, student: str, typed: str) -> LastFourAnswer:
        self.requests.append((student, typed))
        if self.unreachable is not None:
            raise self.unreachable
        if typed == "123X":
            return RIGHT
        self.tries_left -= 1
        return LastFourAnswer(
            confirmed=False, tries_left=self.tries_left, retry_after=None if self.tries_left else 60.0
        )


class OneStudent:
    """Every code names the roster's one student."""

    def __init__(self, studio: VisitHarness) -> None:
        self.studio = studio

    def find(self, payload: str, now: object) -> object:
        if payload.startswith("?"):
            raise Problem("code.unknown")
        return self.studio.roster.find(payload, NOW)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def studio(tmp_path: Path, server: Server) -> Iterator[VisitHarness]:
    harness = VisitHarness(tmp_path)
    attempts = AttemptCounters(tmp_path / "attempts", lambda: harness.now)
    harness.controller._parts.identification._attempts = attempts
    harness.controller._parts.identification._last_four_check = LastFourCheck(server, attempts)
    codes: CodeLookup = OneStudent(harness)  # type: ignore[assignment]
    object.__setattr__(harness.controller._parts.services, "code_lookup", codes)
    harness.roster.last_four = ""
    yield harness
    harness.controller.close()
    harness.outbox.close()


def show_code(studio: VisitHarness, payload: str = "0022001") -> None:
    studio.controller.on_code(Scan(payload, "camera"))
    studio.controller.process_events()


def to_keypad(studio: VisitHarness) -> None:
    show_code(studio)
    studio.controller.confirm()
    assert studio.step is Step.LAST_FOUR


def type_in(studio: VisitHarness, typed: str) -> None:
    studio.controller.submit_last_four(typed)
    studio.until(lambda: not studio.controller.state.checking)


def visit_of(studio: VisitHarness) -> object:
    studio.controller.consent()
    visit = studio.controller._parts.lifecycle.visit
    assert visit is not None
    return visit.identified_by, visit.last_four, visit.last_four_confirmed


def test_a_code_leads_to_the_keypad_and_only_the_right_characters_to_consent(
    studio: VisitHarness, server: Server
) -> None:
    to_keypad(studio)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.last_four == "", "nothing of the number is shown to somebody with a code"
    type_in(studio, "9999")
    assert studio.step is Step.LAST_FOUR
    notice = studio.controller.state.notice
    assert notice is not None
    assert (notice.key, notice.values) == ("last_four.wrong", {"left": 4})
    type_in(studio, "123X")
    assert studio.step is Step.CONSENT
    assert [typed for _, typed in server.requests] == ["9999", "123X"]
    assert visit_of(studio) == ("code", None, True)


def test_a_student_number_typed_on_the_screen_leads_to_the_keypad(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_student_no()
    studio.controller.submit_student_no("0022001")
    assert studio.controller.state.asks_confirmation
    studio.controller.confirm()
    type_in(studio, "123X")
    assert visit_of(studio) == ("code", None, True)


def test_a_student_number_counts_only_where_it_is_requested(studio: VisitHarness) -> None:
    studio.controller.start()
    before = studio.controller.state
    studio.controller.submit_student_no("0022001")
    assert studio.controller.state is before


def test_a_document_leads_to_the_keypad(studio: VisitHarness) -> None:
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", "99010120000101123X", ""))
    studio.controller.process_events()
    studio.controller.confirm()
    assert studio.step is Step.LAST_FOUR
    type_in(studio, "0000")
    assert studio.step is Step.LAST_FOUR
    type_in(studio, "123X")
    assert visit_of(studio) == ("document", None, True)


def test_a_card_on_the_reader_needs_none_and_shows_its_own_digits(studio: VisitHarness) -> None:
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert (studio.step, sitter.last_four) == (Step.CONSENT, CARD.number[-4:])
    assert visit_of(studio) == ("id_card", None, False)


def test_a_card_may_still_be_put_down_at_the_keypad(studio: VisitHarness) -> None:
    to_keypad(studio)
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.CONSENT


def test_offline_the_characters_are_stored_with_the_visit_and_compared_later(
    studio: VisitHarness, server: Server
) -> None:
    server.unreachable = ServerUnreachable("upload.unreachable")
    to_keypad(studio)
    type_in(studio, "9999")
    assert studio.step is Step.CONSENT
    assert visit_of(studio) == ("code", "9999", False)


@pytest.mark.parametrize(
    ("offline", "typed", "sent_as"), [(True, "97XK", ("97XK", False)), (False, "123X", (None, True))]
)
def test_the_characters_are_in_the_envelope_and_not_in_clear_text_in_the_outbox(
    studio: VisitHarness, server: Server, tmp_path: Path, offline: bool, typed: str, sent_as: tuple[str | None, bool]
) -> None:
    server.unreachable = ServerUnreachable("upload.unreachable") if offline else None
    studio.roster.progress_base = "https://photos.example.edu.cn/p/"
    to_keypad(studio)
    type_in(studio, typed)
    sitter = studio.controller.state.sitter
    assert sitter is not None
    assert sitter.progress_token is not None
    assert sitter.progress_url == f"https://photos.example.edu.cn/p/{sitter.progress_token}"
    studio.controller.consent()
    studio.pose_until_shot()
    studio.deliver_portrait()
    item = studio.accept()
    sent = item.submission()
    assert (sent.last_four, sent.last_four_confirmed) == sent_as
    assert sent.progress_token == sitter.progress_token
    assert typed.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("outbox.db*"))


def test_the_station_compares_with_the_roster_of_an_old_server(studio: VisitHarness, server: Server) -> None:
    server.unreachable = ServerUnreachable("upload.unexpected_response", status=404)
    studio.roster.last_four = "1234"
    to_keypad(studio)
    type_in(studio, "9999")
    assert studio.step is Step.LAST_FOUR
    type_in(studio, "1234")
    assert studio.step is Step.CONSENT


def test_after_too_many_tries_only_the_operator_continues(studio: VisitHarness, server: Server) -> None:
    to_keypad(studio)
    for typed in ("1111", "2222", "3333", "4444", "5555"):
        type_in(studio, typed)
    assert studio.controller.state.locked
    assert studio.controller.state.is_help_pending
    requested = len(server.requests)
    studio.controller.submit_last_four("123X")
    studio.controller.process_events()
    assert len(server.requests) == requested
    studio.controller.confirm_by_staff()
    assert visit_of(studio) == ("operator", None, False)


def test_leaving_and_coming_back_gives_no_new_tries(studio: VisitHarness, server: Server) -> None:
    server.unreachable = ServerUnreachable("upload.unreachable")
    studio.roster.last_four = "1234"
    for _ in range(STUDENT_LIMIT.tries):
        to_keypad(studio)
        type_in(studio, "0000")
        studio.controller.leave()
    to_keypad(studio)
    type_in(studio, "1234")
    assert studio.controller.state.locked


def test_a_response_after_the_student_has_left_is_ignored(studio: VisitHarness, server: Server) -> None:
    to_keypad(studio)
    studio.controller.submit_last_four("123X")
    studio.controller.leave()
    to_keypad(studio)
    studio.until(lambda: server.requests)
    studio.controller._parts.identification._server_executor.submit(lambda: None).result(60)
    studio.controller.process_events()
    assert studio.step is Step.LAST_FOUR


def test_a_second_touch_while_the_characters_are_checked_costs_no_try(studio: VisitHarness, server: Server) -> None:
    to_keypad(studio)
    studio.controller.submit_last_four("9999")
    type_in(studio, "9999")
    studio.controller._parts.identification._server_executor.submit(lambda: None).result(60)
    assert len(server.requests) == 1


def test_a_rejection_of_a_student_who_has_left_rejects_nobody_else(studio: VisitHarness) -> None:
    may_respond = Event()
    studio.controller._parts.identification._server_executor.submit(wait_for_event, may_respond)
    to_keypad(studio)
    studio.controller.submit_last_four("0000")
    studio.controller.leave()
    to_keypad(studio)
    studio.controller.submit_last_four("123X")
    may_respond.set()
    studio.until(lambda: not studio.controller.state.checking)
    assert studio.step is Step.CONSENT


@pytest.mark.parametrize(
    "attempt", [lambda s: show_code(s, "?"), lambda s: (show_code(s), s.controller.deny())], ids=["unknown", "denied"]
)
def test_trying_many_codes_is_slowed_down(studio: VisitHarness, attempt: Callable[[VisitHarness], object]) -> None:
    for _ in range(CODE_LIMIT.tries):
        attempt(studio)
    assert studio.controller.state.notice == Message("code.paused", {"seconds": math.ceil(CODE_LIMIT.pause)})
    show_code(studio)
    assert not studio.controller.state.asks_confirmation, "no name is shown during the pause"
    studio.controller.on_card(CARD)
    studio.controller.process_events()
    assert studio.step is Step.CONSENT, "cards are still accepted"


def test_the_right_characters_end_a_row_of_wrong_codes(studio: VisitHarness) -> None:
    for _ in range(CODE_LIMIT.tries - 1):
        show_code(studio, "?")
    to_keypad(studio)
    type_in(studio, "123X")
    studio.controller.leave()
    show_code(studio, "?")
    assert studio.controller.state.notice == Message("code.unknown")


def test_denying_without_a_question_counts_no_attempt(studio: VisitHarness) -> None:
    for _ in range(CODE_LIMIT.tries):
        studio.controller.deny()
    show_code(studio)
    assert studio.controller.state.asks_confirmation


def test_offline_the_characters_of_a_document_are_compared_with_its_own(studio: VisitHarness, server: Server) -> None:
    server.unreachable = ServerUnreachable("upload.unreachable")
    studio.controller.start()
    studio.controller.start_document()
    studio.controller.on_document(DocumentReading("id_card", "99010120000101123X", ""))
    studio.controller.process_events()
    studio.controller.confirm()
    type_in(studio, "0000")
    assert studio.step is Step.LAST_FOUR
    type_in(studio, "123X")
    assert studio.step is Step.CONSENT


def test_codes_are_read_again_after_the_pause(studio: VisitHarness) -> None:
    for _ in range(CODE_LIMIT.tries):
        show_code(studio, "?")
    studio.now += CODE_LIMIT.pause + 1
    show_code(studio)
    assert studio.controller.state.asks_confirmation


@pytest.mark.parametrize(("server_tries", "tries_left"), [(0, 0), (2, 2), (9, 4)])
def test_no_more_tries_are_left_than_the_server_or_the_station_allows(
    server_tries: int, tries_left: int, tmp_path: Path
) -> None:
    check = LastFourCheck(
        lambda student, typed: LastFourAnswer(confirmed=False, tries_left=server_tries),
        AttemptCounters(tmp_path / "a", lambda: 0.0),
    )
    assert check.check("s", "0000") == LastFourResult(False, tries_left)


def test_somebody_who_tries_other_people_s_codes_pauses_the_whole_station(tmp_path: Path) -> None:
    time, server = [1000.0], Server()
    check = LastFourCheck(server, AttemptCounters(tmp_path / "a", lambda: time[0]))
    server.tries_left = 100
    for number in range(STATION_LIMIT.tries - 1):
        assert check.check(f"student {number}", "0000") == LastFourResult(False, STUDENT_LIMIT.tries - 1)
    assert check.check("the last of them", "0000") == LastFourResult(False, 0)
    requested = len(server.requests)
    assert check.check("another student", "123X") == LastFourResult(False, 0)
    assert len(server.requests) == requested, "no request is sent"
    time[0] += STATION_LIMIT.pause
    assert check.check("another student", "123X") == LastFourResult(True)


def test_the_right_characters_give_their_student_all_tries_again(tmp_path: Path) -> None:
    check = LastFourCheck(None, AttemptCounters(tmp_path / "a", lambda: 0.0))
    results = [
        check.check("s", typed, expected) for typed, expected in (("0", "123X"), ("123X", "123x"), ("0", "123X"))
    ]
    left = STUDENT_LIMIT.tries - 1
    assert results == [LastFourResult(False, left), LastFourResult(True), LastFourResult(False, left)]


def test_a_comparison_at_the_station_counts_without_a_response(tmp_path: Path) -> None:
    server = Server()
    server.unreachable = ServerUnreachable("upload.unreachable")
    check = LastFourCheck(server, AttemptCounters(tmp_path / "a", lambda: 0.0))
    assert check.check("s", "123x", expected="123X") == LastFourResult(True)


def test_without_a_server_and_without_a_document_they_are_compared_later(tmp_path: Path) -> None:
    assert LastFourCheck(None, AttemptCounters(None, lambda: 0.0)).check("s", "0000") == LastFourResult(None)


def test_the_typed_characters_are_not_in_the_file_of_attempts(tmp_path: Path) -> None:
    check = LastFourCheck(None, AttemptCounters(tmp_path / "a", lambda: 0.0))
    check.check("s", "0000", expected="1234")
    assert set(json.loads((tmp_path / "a").read_text())) == {"last_four", "last_four:s"}
    assert "0000" not in repr(LastFourResult(False))
