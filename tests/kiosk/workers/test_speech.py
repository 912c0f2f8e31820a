"""The speech command, a real process that is started and ended, and the announcer, which selects the sentences."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.i18n import Message, translations
from config.settings.station import station_settings
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import HELP_CALLED, HOLD_STILL, REPHRASED_SUFFIX
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.workers.announcer import HintAnnouncer
from kiosk.workers.speech import CommandSpeech, NullSpeech, make_speech
from tests.waiting import eventually

pytestmark = pytest.mark.process

RECORD = "import sys; open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + chr(10))"
RECORD_AND_WAIT = RECORD + "; sys.stdin.close(); import threading; threading.Event().wait(60)"


@pytest.fixture
def spoken(tmp_path: Path) -> Callable[[], list[str]]:
    def lines() -> list[str]:
        record = tmp_path / "spoken"
        return record.read_text(encoding="utf-8").splitlines() if record.exists() else []

    return lines


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Callable[[str], CommandSpeech]]:
    speakers: list[CommandSpeech] = []

    def start(script: str) -> CommandSpeech:
        command = [sys.executable, "-c", script, str(tmp_path / "spoken"), "{voice}", "{sentence}"]
        speakers.append(CommandSpeech(command))
        return speakers[-1]

    yield start
    for speaker in speakers:
        speaker.close()


def test_a_sentence_is_handed_to_the_command_whole(voice: Callable, spoken: Callable) -> None:
    speaker = voice(RECORD)
    speaker.speak("下巴稍微往上抬一点; rm -rf {voice}", "zh_CN")
    eventually(lambda: spoken() and not speaker.is_speaking)
    assert spoken() == ["cmn 下巴稍微往上抬一点; rm -rf {voice}"]


def test_the_newest_sentence_ends_the_older_one(voice: Callable, spoken: Callable) -> None:
    speaker = voice(RECORD_AND_WAIT)
    speaker.speak("one", "en")
    eventually(lambda: len(spoken()) == 1)
    assert speaker.is_speaking
    speaker.speak("two", "en")
    eventually(lambda: len(spoken()) == 2)
    speaker.stop()
    eventually(lambda: not speaker.is_speaking)
    assert spoken() == ["en one", "en two"]


def test_closing_ends_the_current_sentence(voice: Callable, spoken: Callable) -> None:
    speaker = voice(RECORD_AND_WAIT)
    speaker.speak("one", "en")
    eventually(lambda: len(spoken()) == 1)
    speaker.close()
    assert not speaker._loop.is_alive


def test_a_command_that_fails_is_reported_once(
    voice: Callable, caplog: pytest.LogCaptureFixture, spoken: Callable
) -> None:
    speaker = voice(RECORD + "; sys.exit(3)")
    for number in (1, 2):
        speaker.speak(str(number), "en")
        eventually(lambda number=number: len(spoken()) == number and not speaker.is_speaking)
    assert [r.levelno for r in caplog.records] == [logging.WARNING]


def test_no_voice_unless_one_is_set_and_installed(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(make_speech(station_settings().speech.command), NullSpeech)
    assert caplog.records == []
    assert isinstance(make_speech("no-such-voice-here {sentence}"), NullSpeech)
    assert "no-such-voice-here" in caplog.text


# ------------------------------------------------------------------------------------------------------- the announcer


class FakeSpeech:
    """A speaker that records; the test sets `is_speaking`."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []
        self.is_speaking = False
        self.stop_count = 0

    def speak(self, sentence: str, language: str) -> None:
        self.spoken.append((sentence, language))

    def stop(self) -> None:
        self.stop_count += 1

    def close(self) -> None: ...


POSING = VisitState(Step.POSE, consent_at=datetime(2026, 6, 1, tzinfo=UTC))


def sentences(*keys: str) -> list[tuple[str, str]]:
    return [(translations("en").translate(key), "en") for key in keys]


def test_each_hint_is_spoken_once_and_so_is_another_wording() -> None:
    speech = FakeSpeech()
    hint_announcer = HintAnnouncer(speech, "en")
    for hint in ("hint.closer", "hint.closer", "hint.closer" + REPHRASED_SUFFIX, HOLD_STILL, HOLD_STILL):
        hint_announcer.update(POSING, Advice(hint))
    assert speech.spoken == sentences("hint.closer", "hint.closer" + REPHRASED_SUFFIX, HOLD_STILL)


def test_the_sitter_is_informed_once_when_help_is_called() -> None:
    speech = FakeSpeech()
    hint_announcer = HintAnnouncer(speech, "en")
    hint_announcer.update(POSING, Advice("hint.closer.again"))
    help_requested = POSING.on_help_requested(Message("hint.closer"), 1.0)
    for _ in range(3):
        hint_announcer.update(help_requested, Advice("hint.closer.again", needs_help=True))
    hint_announcer.update(POSING, Advice(HOLD_STILL))
    assert speech.spoken == sentences("hint.closer.again", HELP_CALLED, HOLD_STILL)


def test_the_reason_of_a_rejected_shot_is_spoken_completely() -> None:
    speech = FakeSpeech()
    hint_announcer = HintAnnouncer(speech, "en")
    notice = Message("photo.refused", {"why": Message("rule.eyes_open.low")})
    refused = replace(POSING, notice=notice)
    hint_announcer.update(replace(POSING, step=Step.SHOOT), None)
    hint_announcer.update(refused, None)
    speech.is_speaking = True
    hint_announcer.update(refused, Advice("hint.closer"))
    assert [sentence for sentence, _ in speech.spoken] == [
        "In this one the eyes are not open. Let us take another right away."
    ]
    speech.is_speaking = False
    hint_announcer.update(refused, Advice("hint.closer"))
    assert speech.spoken[1:] == sentences("hint.closer")


def test_speech_stops_after_posing_and_every_hint_is_spoken_to_the_next_sitter() -> None:
    speech = FakeSpeech()
    hint_announcer = HintAnnouncer(speech, "en")
    hint_announcer.update(POSING, Advice(HOLD_STILL))
    hint_announcer.update(replace(POSING, step=Step.REVIEW), Advice(HOLD_STILL))
    hint_announcer.update(replace(POSING, step=Step.REVIEW), Advice(HOLD_STILL))
    assert speech.stop_count == 1
    hint_announcer.set_language("zh_CN")
    hint_announcer.update(POSING, Advice(HOLD_STILL))
    assert [language for _, language in speech.spoken] == ["en", "zh_CN"]
