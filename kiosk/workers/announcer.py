"""Spoken hints on the posing screen; nothing is spoken twice in a row."""

from __future__ import annotations

from config.i18n import Message, translations
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import HELP_CALLED, LOOK_AT_CAMERA
from kiosk.ui.widgets.translated import message_text
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.workers.speech import Speech

_POSING_STEPS = (Step.POSE, Step.COUNTDOWN)


class HintAnnouncer:
    """Follows the visit and its advice. The reason of a rejected shot is spoken completely; a hint ends the previous
    hint."""

    def __init__(self, speech: Speech, language: str) -> None:
        self._speech = speech
        self._language = language
        self._step = Step.IDLE
        self._last_message: Message | None = None
        self._help_announced = False

    def set_language(self, language: str) -> None:
        """Speak this language from now on."""
        self._language = language

    def update(self, state: VisitState, advice: Advice | None) -> None:
        """Speak what is new; call it often. `advice` is the newest, or None."""
        if state.step not in _POSING_STEPS:
            self._reset(state.step)
            self._announce_help(state.is_help_pending)
            return
        entered, self._step = self._step not in _POSING_STEPS, state.step
        if entered and state.notice is not None:
            self._speak(state.notice)
        elif advice is not None and not self._is_explaining():
            self._announce_hint(advice, state.is_help_pending)

    def _announce_help(self, help_pending: bool) -> None:
        """Outside posing, announce only that help is needed, for people near by; the student reads the rest."""
        if help_pending and not self._help_announced:
            self._speak(Message("screen.help.title"))
        self._help_announced = help_pending

    def _is_explaining(self) -> bool:
        return (
            self._last_message is not None
            and not self._last_message.key.startswith("hint.")
            and self._speech.is_speaking
        )

    def _announce_hint(self, advice: Advice, help_pending: bool) -> None:
        newly_called, self._help_announced = help_pending and not self._help_announced, help_pending
        if newly_called:
            self._speak(Message(HELP_CALLED))
        elif self._last_message == Message(HELP_CALLED) and self._speech.is_speaking:
            return
        elif advice.hint != LOOK_AT_CAMERA and not (self._last_message == Message(HELP_CALLED) and help_pending):
            self._speak(Message(advice.hint, advice.values))

    def _speak(self, message: Message) -> None:
        if message != self._last_message:
            self._last_message = message
            self._speech.speak(message_text(translations(self._language), message), self._language)

    def _reset(self, step: Step) -> None:
        if self._step in _POSING_STEPS:
            self._speech.stop()
        if step is not self._step:
            self._last_message, self._help_announced = None, False
        self._step = step
