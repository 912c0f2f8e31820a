"""Says aloud what newly stands on the posing screen, and nothing twice in a row."""

from __future__ import annotations

from config.i18n import Message, translations
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import CALLED, LOOK
from kiosk.ui.widgets.translated import said
from kiosk.visit.state import Step, VisitState
from kiosk.workers.speech import Speaker

_POSING = (Step.POSE, Step.COUNTDOWN)


class Herald:
    """Follows the sitting and its advice. Why a shot was refused is said to its end; a hint ends the hint before."""

    def __init__(self, speaker: Speaker, language: str) -> None:
        self._speaker = speaker
        self._language = language
        self._step = Step.IDLE
        self._last: Message | None = None
        self._called = False

    def speak(self, language: str) -> None:
        """From now on in this language."""
        self._language = language

    def follow(self, sitting: VisitState, advice: Advice | None) -> None:
        """To be called often; `advice` is the newest, None where there is none yet."""
        if sitting.step not in _POSING:
            self._leave(sitting.step)
            self._call(sitting.calls_for_help)
            return
        entered, self._step = self._step not in _POSING, sitting.step
        if entered and sitting.notice is not None:
            self._say(sitting.notice)
        elif advice is not None and not self._telling_why():
            self._follow_advice(advice, sitting.calls_for_help)

    def _call(self, called: bool) -> None:
        """For whoever is near: outside posing, where the student reads, only that help is needed is said."""
        if called and not self._called:
            self._say(Message("screen.help.title"))
        self._called = called

    def _telling_why(self) -> bool:
        return self._last is not None and not self._last.key.startswith("hint.") and self._speaker.speaking

    def _follow_advice(self, advice: Advice, called: bool) -> None:
        newly_called, self._called = called and not self._called, called
        if newly_called:
            self._say(Message(CALLED))
        elif self._last == Message(CALLED) and self._speaker.speaking:
            return
        elif advice.hint != LOOK and not (self._last == Message(CALLED) and called):
            self._say(Message(advice.hint, advice.values))

    def _say(self, saying: Message) -> None:
        if saying != self._last:
            self._last = saying
            self._speaker.say(said(translations(self._language), saying), self._language)

    def _leave(self, step: Step) -> None:
        if self._step in _POSING:
            self._speaker.hush()
        if step is not self._step:
            self._last, self._called = None, False
        self._step = step
