"""Every reason of a camera problem has a message in both languages."""

from __future__ import annotations

import pickle
import string

import pytest

from config.i18n import LANGUAGES, translations
from hardware.cameras.api import REASONS, CameraProblem
from hardware.cameras.isolation.worker import CONFIGURATION_REASONS, FATAL_REASONS
from hardware.cameras.timeouts import Timeouts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_message(reason: str, language: str) -> None:
    assert translations(language).has(f"camera.{reason}")


@pytest.mark.parametrize("reason", REASONS)
def test_both_languages_have_the_same_placeholders(reason: str) -> None:
    def fields(language: str) -> set[str]:
        sentence = translations(language).translate(f"camera.{reason}")
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert fields("en") == fields("zh_CN")


def test_an_unknown_reason_has_no_message() -> None:
    assert not translations("en").has("camera.no_such_reason")


def test_reasons_that_end_a_camera_are_reasons() -> None:
    assert set(REASONS) >= FATAL_REASONS | CONFIGURATION_REASONS
    assert not FATAL_REASONS & CONFIGURATION_REASONS


def test_a_problem_can_be_sent_to_another_process() -> None:
    problem = pickle.loads(pickle.dumps(CameraProblem("camera.spec", spec="leica", known="studio")))
    assert isinstance(problem, CameraProblem)
    assert problem.reason == "spec"
    assert "leica" in str(problem)


def test_restarts_follow_at_growing_intervals_up_to_the_longest() -> None:
    timeout = Timeouts(restart=0.5, max_restart=8.0)
    assert [timeout.restart_delay(failures) for failures in (1, 2, 3, 4, 5, 6, 999)] == [0.5, 1, 2, 4, 8, 8, 8]
