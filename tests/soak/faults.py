"""The faults of the soak: how each begins and, if it does not end automatically, how it ends."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware.card_reader.samv_protocol import Command
from hardware.simulators.card_reader import ReaderFaults
from tests.child_processes import signal_cameras
from tests.soak.studio import SoakStation

Action = Callable[[SoakStation], None]


@dataclass(frozen=True)
class SoakFault:
    """A fault; `stop` is called some time after `start`, None where the fault ends automatically."""

    name: str
    start: Action
    stop: Action | None = None


def _once(line: str) -> Action:
    return lambda studio: studio.scene.arm(line)


def _lasting_fault(name: str) -> SoakFault:
    return SoakFault(name, lambda studio: studio.scene.put(name), lambda studio: studio.scene.clear(name))


def _kill(studio: SoakStation) -> None:
    signal_cameras(signal.SIGKILL)


def _disk(full: bool) -> Action:
    return lambda studio: setattr(studio.disk, "is_full", full)


def _reader(faults: ReaderFaults) -> Action:
    return lambda studio: studio.reader.set_faults(faults)


def _engine(**changes: object) -> Action:
    return lambda studio: vars(studio.engine).update(changes)


_READER_OK: Final = _reader(ReaderFaults())

FAULTS: Final = (
    _lasting_fault("unplugged"),
    _lasting_fault("asleep"),
    _lasting_fault("full"),
    SoakFault("killed", _kill),
    SoakFault("body", lambda studio: studio.scene.put("body")),
    *(SoakFault(line, _once(line)) for line in ("frame lost", "frame crash", "frame hang", "open hang", "event lost")),
    *(SoakFault(line, _once(line)) for line in ("shot lost", "shot crash", "shot hang", "shot busy")),
    *(SoakFault(line, _once(line)) for line in ("shot out_of_focus", "shot slow 0.5", "shot slow 1.5")),
    *(SoakFault(line, _once(line)) for line in ("transfer lost", "transfer crash", "transfer hang")),
    *(SoakFault(line, _once(line)) for line in ("transfer slow 0.5", "open crash", "open absent")),
    SoakFault("disk full", _disk(True), _disk(False)),
    SoakFault("engine fails", _engine(fails=True), _engine(fails=False)),
    SoakFault("engine slow", _engine(slow=0.3), _engine(slow=0.0)),
    SoakFault("reader unplugged", lambda studio: studio.reader.unplug(), lambda studio: studio.reader.plug()),
    SoakFault("reader silent", _reader(ReaderFaults(silent=True)), _READER_OK),
    SoakFault("reader garbled", _reader(ReaderFaults(damaged=3)), _READER_OK),
    SoakFault("reader noisy", _reader(ReaderFaults(prefix=b"\x00\xaa\xaa", chunk=7)), _READER_OK),
    SoakFault("card pulled away", _reader(ReaderFaults(card_leaves_at=Command.READ)), _READER_OK),
)


class FaultInjector:
    """Starts `number` faults chosen by `chance`, and stops those that do not end automatically."""

    def __init__(self, studio: SoakStation, number: int, chance: random.Random) -> None:
        self._studio, self._chance = studio, chance
        self.remaining = number
        self.started: dict[str, int] = {}
        self.pending = 0  # armed, but not occurred yet
        self._lasting: dict[str, tuple[float, Action]] = {}

    @property
    def is_lasting(self) -> bool:
        """Return whether a fault has begun that does not end automatically."""
        return bool(self._lasting)

    def start_next(self, now: float) -> None:
        """Start the next fault, one of those that do not last already."""
        groups = {name.split()[0] for name in self._lasting}
        fault = self._chance.choice([one for one in FAULTS if one.name.split()[0] not in groups])
        fault.start(self._studio)
        self.remaining -= 1
        self.started[fault.name] = self.started.get(fault.name, 0) + 1
        if fault.stop is not None:
            self._lasting[fault.name] = (now + self._chance.uniform(0.05, 0.8), fault.stop)

    def stop_expired(self, now: float) -> None:
        """Stop the faults that have lasted long enough."""
        for name, (until, stop) in list(self._lasting.items()):
            if now >= until:
                stop(self._studio)
                del self._lasting[name]

    def stop_all(self) -> None:
        self.stop_expired(float("inf"))
        for fault in self._studio.scene.armed():
            self.pending += self._studio.scene.disarm(fault)
        self._studio.scene.clear("body")
