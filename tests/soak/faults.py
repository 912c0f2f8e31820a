"""The faults of the soak: how each begins, and, where it does not pass by itself, how it ends."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psutil

from hardware.card_reader.samv_protocol import Command
from hardware.simulators.card_reader import ReaderFaults
from tests.soak.studio import Studio

Do = Callable[[Studio], None]


@dataclass(frozen=True)
class SoakFault:
    """`mend` is called some time after `provoke`; None: it passes by itself."""

    name: str
    provoke: Do
    mend: Do | None = None


def _once(line: str) -> Do:
    return lambda studio: studio.scene.arm(line)


def _while(name: str) -> SoakFault:
    return SoakFault(name, lambda studio: studio.scene.put(name), lambda studio: studio.scene.clear(name))


def _kill(studio: Studio) -> None:
    for child in psutil.Process().children():
        if "hardware.cameras.isolation.worker" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)


def _disk(full: bool) -> Do:
    return lambda studio: setattr(studio.disk, "full", full)


def _reader(faults: ReaderFaults) -> Do:
    return lambda studio: studio.reader.set_faults(faults)


def _engine(**what: object) -> Do:
    return lambda studio: vars(studio.engine).update(what)


_WELL: Final = _reader(ReaderFaults())

FAULTS: Final = (
    _while("unplugged"),
    _while("asleep"),
    _while("full"),
    SoakFault("killed", _kill),
    SoakFault("body", lambda studio: studio.scene.put("body")),
    *(SoakFault(line, _once(line)) for line in ("frame lost", "frame crash", "frame hang", "open hang", "heard lost")),
    *(SoakFault(line, _once(line)) for line in ("shot lost", "shot crash", "shot hang", "shot busy")),
    *(SoakFault(line, _once(line)) for line in ("shot out_of_focus", "shot slow 0.5", "shot slow 1.5")),
    *(SoakFault(line, _once(line)) for line in ("transfer lost", "transfer crash", "transfer hang")),
    *(SoakFault(line, _once(line)) for line in ("transfer slow 0.5", "open crash", "open absent")),
    SoakFault("disk full", _disk(True), _disk(False)),
    SoakFault("engine fails", _engine(fails=True), _engine(fails=False)),
    SoakFault("engine slow", _engine(slow=0.3), _engine(slow=0.0)),
    SoakFault("reader unplugged", lambda studio: studio.reader.unplug(), lambda studio: studio.reader.plug()),
    SoakFault("reader silent", _reader(ReaderFaults(silent=True)), _WELL),
    SoakFault("reader garbled", _reader(ReaderFaults(damaged=3)), _WELL),
    SoakFault("reader noisy", _reader(ReaderFaults(prefix=b"\x00\xaa\xaa", chunk=7)), _WELL),
    SoakFault("card pulled away", _reader(ReaderFaults(card_leaves_at=Command.READ)), _WELL),
)


class Trouble:
    """Provokes `number` faults, in an order and at moments that the seed decides, and mends what does not pass."""

    def __init__(self, studio: Studio, number: int, chance: random.Random) -> None:
        self._studio, self._chance = studio, chance
        self.left = number
        self.provoked: dict[str, int] = {}
        self.waiting = 0  # armed, but their moment has not come
        self._lasting: dict[str, tuple[float, Do]] = {}

    @property
    def lasts(self) -> bool:
        """Whether a fault has begun that does not pass by itself."""
        return bool(self._lasting)

    def provoke(self, now: float) -> None:
        """The next fault begins now, one of those that do not last already."""
        groups = {name.split()[0] for name in self._lasting}
        fault = self._chance.choice([one for one in FAULTS if one.name.split()[0] not in groups])
        fault.provoke(self._studio)
        self.left -= 1
        self.provoked[fault.name] = self.provoked.get(fault.name, 0) + 1
        if fault.mend is not None:
            self._lasting[fault.name] = (now + self._chance.uniform(0.05, 0.8), fault.mend)

    def mend(self, now: float) -> None:
        """Ends what has lasted for long enough."""
        for name, (until, mend) in list(self._lasting.items()):
            if now >= until:
                mend(self._studio)
                del self._lasting[name]

    def mend_all(self) -> None:
        self.mend(float("inf"))
        for fault in self._studio.scene.armed():
            self.waiting += self._studio.scene.disarm(fault)
        self._studio.scene.clear("body")
