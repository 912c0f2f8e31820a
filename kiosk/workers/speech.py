"""Sentences spoken aloud by a command of the system, so that nobody has to read while posing."""

from __future__ import annotations

import logging
import shlex
import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import Final, Protocol

log = logging.getLogger(__name__)

VOICES: Final = {"zh_CN": "cmn", "en": "en"}
"""What espeak-ng calls our languages (`espeak-ng --voices`)."""
_LOOK: Final = 0.05  # seconds between two looks whether something newer is to be said


class Speaker(Protocol):
    """Says sentences; never keeps its caller waiting, and never says what is out of date."""

    @property
    def speaking(self) -> bool: ...

    def say(self, sentence: str, language: str) -> None:
        """Says this instead of whatever is being said."""

    def hush(self) -> None: ...

    def close(self) -> None: ...


class Silence:
    """The speaker of a station without a voice."""

    speaking = False

    def say(self, sentence: str, language: str) -> None:
        pass

    def hush(self) -> None:
        pass

    def close(self) -> None:
        pass


class CommandSpeaker:
    """Runs `command` once per sentence, `{sentence}` and `{voice}` in it replaced; a newer sentence ends the older one.

    Every process is started and ended in a thread of its own.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._news = threading.Condition()
        self._next: tuple[str, str] | None = None
        self._changed = False
        self._speaking = False
        self._closed = False
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    @property
    def speaking(self) -> bool:
        with self._news:
            return self._speaking or self._next is not None

    def say(self, sentence: str, language: str) -> None:
        self._tell((sentence, language))

    def hush(self) -> None:
        self._tell(None)

    def close(self) -> None:
        with self._news:
            self._closed = True
        self._tell(None)
        self._thread.join(timeout=2)

    def _tell(self, sentence: tuple[str, str] | None) -> None:
        with self._news:
            self._next, self._changed = sentence, True
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._changed)
                sentence, self._next, self._changed = self._next, None, False
                self._speaking = sentence is not None
                if self._closed:
                    return
            if sentence is not None:
                self._speak(*sentence)
                with self._news:
                    self._speaking = False

    def _speak(self, sentence: str, language: str) -> None:
        voice = VOICES.get(language, language)
        command = [part.replace("{voice}", voice).replace("{sentence}", sentence) for part in self._command]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            self._note_failure(error.strerror or str(error))
            return
        while not self._ended(process):
            with self._news:
                if self._changed:
                    process.terminate()
        if process.returncode > 0:
            self._note_failure(f"it ended with {process.returncode}")

    def _ended(self, process: subprocess.Popen[bytes]) -> bool:
        try:
            process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _note_failure(self, why: str) -> None:
        """Once: a voice that fails fails at every sentence, and the screen says it all the same."""
        if not self._failed:
            log.warning("the voice %s cannot speak: %s", self._command[0], why)
        self._failed = True


def speaker_of(command: str) -> Speaker:
    """The speaker that `[voice]` of station.toml asks for; Silence where it asks for none or for what is not there."""
    parts = shlex.split(command)
    if not parts:
        return Silence()
    if shutil.which(parts[0]) is None:
        log.warning("the voice %s is not installed; the station says nothing aloud", parts[0])
        return Silence()
    return CommandSpeaker(parts)
