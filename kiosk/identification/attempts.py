"""Counters of wrong attempts with growing pauses, stored on disk because a restart must not reset them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from config.atomic_file import write_atomic

log = logging.getLogger(__name__)
_MAX_COUNTERS: Final = 5_000
"""The maximum number of counters; the oldest are removed, so that the file stays small."""


@dataclass(frozen=True)
class AttemptLimit:
    """`tries` wrong attempts in a row cause a pause of `pause` seconds, doubled each further time, up to `max_pause`. A
    counter without a new attempt for `reset_after` seconds starts again at zero."""

    tries: int
    pause: float
    max_pause: float
    reset_after: float = 86_400.0


@dataclass(frozen=True)
class _Count:
    wrong: int = 0
    at: float = 0.0
    until: float = 0.0


class AttemptCounters:
    """`clock` returns seconds that continue over a restart (time.time). If it was set back, a pause lasts at most the
    `max_pause` of its limit from then on. All methods are thread-safe. Without a `path`, and if the disk fails, the
    counters stay in memory."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = _read(path) if path is not None else {}

    def seconds_to_wait(self, counter: str, limit: AttemptLimit) -> float:
        """Return the seconds until another attempt is allowed; 0 means now."""
        with self._lock:
            count = self._count(counter, limit)
            return max(count.until - self._clock(), 0.0)

    def tries_left(self, counter: str, limit: AttemptLimit) -> int:
        """Return the number of attempts before the next pause."""
        with self._lock:
            return limit.tries - self._count(counter, limit).wrong % limit.tries

    def record_failure(self, counter: str, limit: AttemptLimit) -> float:
        """Count a wrong attempt; return the seconds of the pause that it causes, or 0."""
        with self._lock:
            wrong, now = self._count(counter, limit).wrong + 1, self._clock()
            rounds, remainder = divmod(wrong, limit.tries)
            pause = min(limit.pause * 2 ** min(rounds - 1, 30), limit.max_pause) if not remainder else 0.0
            self._counts.pop(counter, None)
            self._counts[counter] = _Count(wrong, now, now + pause)
            self._write()
            return pause

    def reset(self, counter: str) -> None:
        with self._lock:
            if self._counts.pop(counter, None) is not None:
                self._write()

    def _count(self, counter: str, limit: AttemptLimit) -> _Count:
        count, now = self._counts.get(counter, _Count()), self._clock()
        if count.at > now:  # otherwise the pause would last until the clock is there again, perhaps for years
            pause = min(count.until - now, limit.max_pause) if count.until > count.at else 0.0
            count = self._counts[counter] = _Count(count.wrong, now, now + pause)
            self._write()
        return _Count() if now - max(count.at, count.until) > limit.reset_after else count

    def _write(self) -> None:
        for oldest in list(self._counts)[: max(0, len(self._counts) - _MAX_COUNTERS)]:
            del self._counts[oldest]
        if self._path is None:
            return
        try:
            text = json.dumps({name: asdict(count) for name, count in self._counts.items()})
            write_atomic(self._path, text.encode("utf-8"))
        except OSError as error:
            log.error("wrong attempts could not be stored: %s", error.strerror)


def _read(path: Path) -> dict[str, _Count]:
    """Read the stored counters. A damaged file starts empty and is logged."""
    try:
        counters = json.loads(path.read_bytes())
        return {str(name): _Count(int(c["wrong"]), float(c["at"]), float(c["until"])) for name, c in counters.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("the file of wrong attempts cannot be read and starts empty (%s)", type(error).__name__)
        return {}
