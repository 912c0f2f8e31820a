"""Dimmed studio lamps: propose levels from a check's findings, and set them when the operator agrees."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Final

from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import Message, translations
from hardware.lights.api import LampLevel, Lights, LightsProblem
from hardware.lights.balance import balance
from kiosk.guidance.studio.finding import Finding

_LAMPS_BY_FINDING: Final = {
    "studio.lamp.left_weaker": ("left", "right"),
    "studio.lamp.right_weaker": ("right", "left"),
}
"""The lamp that is too weak and the lamp that it is compared with, by the side of the picture."""
_MIN_LEVEL_CHANGE: Final = 0.01  # of a lamp's light: not visible

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LevelProposal:
    """A proposal for the findings of a check: levels (0 to 1) by lamp, before and after."""

    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def message(self) -> Message:
        """Return one sentence for the operator: the change in per cent of each lamp's light."""
        changes = [self._change(name) for name in self.after if self.after[name] != self.before[name]]
        combined = reduce(lambda first, second: Message("lights.and", {"first": first, "second": second}), changes)
        return Message("lights.offer", {"changes": combined})

    def _change(self, name: str) -> Message:
        before, after = round(100 * self.before[name]), round(100 * self.after[name])
        return Message("lights.change", {"lamp": Message(f"lights.lamp.{name}"), "before": before, "after": after})

    def translate(self, language: str) -> str:
        message = self.message
        return translations(language).translate(message.key, **message.values)


class StudioLamps:
    """The dimmed lamps of one studio, used from one thread. `create_driver` creates the driver again after its
    connection was lost.

    `levels_file` stores the levels that the operator accepted; `start` sets them again.
    """

    def __init__(self, create_driver: Callable[[], Lights], levels_file: Path) -> None:
        self._create_driver, self._levels_file = create_driver, levels_file
        self._lights: Lights | None = None
        self._dimmable = False

    def start(self) -> None:
        """Set the lamps to the stored levels. Raises LightsProblem."""
        self._open()

    def propose(self, findings: Iterable[Finding]) -> LevelProposal | None:
        """Return a proposal, or None if two lamps cannot correct any finding. Raises LightsProblem."""
        for finding in findings:
            sides, stops = _LAMPS_BY_FINDING.get(finding.key), finding.values.get("stops")
            if sides is not None and isinstance(stops, int | float):
                return self._propose_for(float(stops), *sides)
        return None

    def apply(self, proposal: LevelProposal) -> None:
        """Set the lamps to `proposal.after` and store the levels. Raises LightsProblem, and Problem
        studio.record_not_saved."""
        target_levels = {name: LampLevel(level) for name, level in proposal.after.items()}
        try:
            self._open().set_levels(target_levels)
        except LightsProblem as problem:
            self.close()
            if problem.reason != "lost":
                raise
            self._open().set_levels(target_levels)  # the interface may be connected again
        log.info("The lamps are set to %s.", {name: round(level, 2) for name, level in proposal.after.items()})
        self._save_levels(proposal.after)

    def close(self) -> None:
        if self._lights is not None:
            self._lights.close()
        self._lights = None

    def _save_levels(self, levels: Mapping[str, float]) -> None:
        try:
            self._levels_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self._levels_file, json.dumps(dict(levels)).encode())
        except OSError as error:
            why = error.strerror or str(error)
            raise Problem("studio.record_not_saved", file=str(self._levels_file), why=why) from error

    def _propose_for(self, stops: float, weaker: str, stronger: str) -> LevelProposal | None:
        lights = self._open()
        before = {name: lamp.level for name, lamp in lights.levels().items()}
        if not self._dimmable or not {weaker, stronger} <= before.keys():
            return None
        after = balance(stops, before, weaker, stronger)
        moved = any(abs(after[name] - before[name]) >= _MIN_LEVEL_CHANGE for name in before)
        return LevelProposal(before, after) if moved else None

    def _open(self) -> Lights:
        if self._lights is None:
            lights = self._create_driver()
            self._dimmable = lights.open().dimmable
            self._lights = lights
            self._restore_levels(lights)
        return self._lights

    def _restore_levels(self, lights: Lights) -> None:
        """Set the lamps to the stored levels; ignore an unreadable file, other lamps and invalid levels."""
        if not self._levels_file.exists():
            return
        try:
            previous_levels = {
                str(name): LampLevel(float(level)) for name, level in json.loads(self._levels_file.read_bytes()).items()
            }
            lights.set_levels({name: level for name, level in previous_levels.items() if name in lights.levels()})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            log.warning("The lamps' levels in %s cannot be read: %s", self._levels_file.name, error)
        except LightsProblem as problem:
            if problem.reason != "out_of_range":
                raise
            log.warning("The lamps' levels in %s are invalid: %s", self._levels_file.name, problem)
