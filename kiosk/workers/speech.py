"""Text to speech by a command of the system, so that sitters do not have to read while posing."""

from __future__ import annotations

import logging
import shlex
import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import Final, Protocol

from config.background_loop import BackgroundLoop

log = logging.getLogger(__name__)

ESPEAK_VOICES: Final = {"zh_CN": "cmn", "en": "en"}
"""espeak-ng's names of our languages (`espeak-ng --voices`)."""
_POLL_INTERVAL_S: Final = 0.05  # time after which a newer sentence ends the present one
_IDLE_INTERVAL_S: Final = 60.0  # any long time: a new sentence wakes the thread


class Speech(Protocol):
    """Speaks sentences; never blocks the caller, and never speaks an outdated sentence."""

    @property
    def is_speaking(self) -> bool: ...

    def speak(self, sentence: str, language: str) -> None:
        """Speak this sentence instead of the present one."""

    def stop(self) -> None: ...

    def close(self) -> None: ...


class NullSpeech:
    """Ignores all sentences, for a station without text to speech."""

    is_speaking = False

    def speak(self, sentence: str, language: str) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


class CommandSpeech:
    """Runs `command` once per sentence, with `{sentence}` and `{voice}` replaced; a newer sentence ends the older one.

    A background thread starts and ends every process.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._next: tuple[str, str] | None = None
        self._changed = False
        self._is_speaking = False
        self._failed = False
        self._loop = BackgroundLoop("speech", self._speak_next, join_timeout=2.0)
        self._loop.start()

    @property
    def is_speaking(self) -> bool:
        with self._lock:
            return self._is_speaking or self._next is not None

    def speak(self, sentence: str, language: str) -> None:
        self._set_next((sentence, language))

    def stop(self) -> None:
        self._set_next(None)

    def close(self) -> None:
        self._set_next(None)
        self._loop.stop()

    def _set_next(self, sentence: tuple[str, str] | None) -> None:
        with self._lock:
            self._next, self._changed = sentence, True
        self._loop.wake()

    def _speak_next(self) -> float:
        with self._lock:
            sentence, self._next, self._changed = self._next, None, False
            self._is_speaking = sentence is not None
        try:
            if sentence is not None:
                self._run_command(*sentence)
        finally:
            with self._lock:
                self._is_speaking = False
        return _IDLE_INTERVAL_S

    def _run_command(self, sentence: str, language: str) -> None:
        voice = ESPEAK_VOICES.get(language, language)
        command = [part.replace("{voice}", voice).replace("{sentence}", sentence) for part in self._command]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            self._log_failure_once(error.strerror or str(error))
            return
        while not self._has_ended(process):
            with self._lock:
                if self._changed:
                    process.terminate()
        if process.returncode > 0:
            self._log_failure_once(f"it ended with {process.returncode}")

    def _has_ended(self, process: subprocess.Popen[bytes]) -> bool:
        try:
            process.wait(_POLL_INTERVAL_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _log_failure_once(self, why: str) -> None:
        """Log the first failure only: such a command fails for every sentence, and the screen shows the sentence in any
        case."""
        if not self._failed:
            log.warning("the speech command %s failed: %s", self._command[0], why)
        self._failed = True


def make_speech(command: str) -> Speech:
    """Return the speech that `[speech]` of station.toml names; NullSpeech if it names none or a missing command."""
    parts = shlex.split(command)
    if not parts:
        return NullSpeech()
    if shutil.which(parts[0]) is None:
        log.warning("the speech command %s is not installed; the station does not speak", parts[0])
        return NullSpeech()
    return CommandSpeech(parts)
