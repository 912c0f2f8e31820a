"""libgphoto2's codes and texts are mapped to reasons with messages."""

from __future__ import annotations

from typing import cast

import pytest

from hardware.cameras.api import REASONS
from hardware.cameras.gphoto import errors as reasons
from hardware.cameras.gphoto.errors import UNKNOWN, default_reason, reason_of
from hardware.cameras.gphoto.library_log import LibraryLog

PHASES = ("open", "setting", "view", "focus", "expose", "listen", "transfer")


class FakeLibraryLog:
    """A library log with this text and these responses."""

    def __init__(self, text: str = "", *responses: int) -> None:
        self.text, self.responses = text, list(responses)


def reason(code: int, phase: str, text: str = "", *responses: int) -> str:
    return reason_of(code, phase, cast(LibraryLog, FakeLibraryLog(text, *responses)))


@pytest.mark.parametrize(
    ("code", "phase", "expected"),
    [
        (-53, "open", "taken"),
        (-52, "open", "absent"),
        (-52, "view", "lost"),
        (-105, "open", "absent"),
        (-7, "open", "asleep"),
        (-7, "transfer", "lost"),
        (-34, "expose", "lost"),
        (-10, "expose", "hung"),
        (-110, "expose", "busy"),
        (-6, "view", "no_live_view"),
        (-6, "expose", "refused"),
        (-3, "expose", "card_full"),
        (-115, "expose", "card_full"),
        (-108, "transfer", "unreadable"),
        (-1, "expose", UNKNOWN),
        (-999, "expose", UNKNOWN),
    ],
)
def test_the_reason_of_a_code_depends_on_the_phase(code: int, phase: str, expected: str) -> None:
    assert reason(code, phase) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [(0x200C, "card_full"), (0x2013, "no_card"), (0xA002, "out_of_focus"), (0x200E, "card_unusable"), (0x2019, "busy")],
)
def test_the_cameras_own_response_is_more_precise_than_the_code(response: int, expected: str) -> None:
    assert reason(-1, "expose", "", response) == expected
    assert reason(-7, "expose", "", response) == "lost", "a response from before the disconnection explains nothing"


def test_a_shot_that_fails_after_busy_responses_is_not_reported_as_busy() -> None:
    assert reason(-1, "expose", "", 0x2019, 0x2019, 0xA002) == "out_of_focus"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Liveview cannot start: Battery exhausted", "battery_empty"),
        ("Liveview cannot start: Card protected", "card_unusable"),
        ("Canon EOS Auto-Focus failed, could not capture.", "out_of_focus"),
        ("Fuji Capture failed: Perhaps no auto-focus?", "out_of_focus"),
        ("Canon EOS Capture failed to release: Perhaps no more memory on card?", "card_full"),
        ("'libusb_open' failed: Access denied (insufficient permissions)", "not_allowed"),
    ],
)
def test_the_plain_text_of_the_library_determines_the_reason(text: str, expected: str) -> None:
    assert reason(-1, "expose", text) == expected


def test_every_reason_has_a_sentence() -> None:
    by_code = {reason for phases in reasons._BY_CODE.values() for reason in phases.values()} - {UNKNOWN}
    by_text = {reason for _, reason in reasons._BY_TEXT}
    assert set(REASONS) >= by_code | by_text | set(reasons._BY_RESPONSE.values())
    assert set(REASONS) >= {default_reason(phase) for phase in PHASES}
