"""The content of the studio: scenes as data, the play as a list of scenes, and the movement between two scenes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter
from pydantic import dataclasses as checked

SCENES: Final = Path(__file__).with_name("scenes.toml")
_MIN_MOVE_S: Final = 0.5
"""Seconds of a movement on the spot; walking adds a second per frame width."""


_LIDS_DOWN: Final = 0.12
"""Seconds in which the lids close, and in which they open again."""


@checked.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Scene:
    """The sitter's pose and the light; scenes.toml describes each number. The defaults are a faultless scene."""

    x: float = 0.5
    y: float = 0.385
    scale: float = 1.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    eyes: float = 1.0
    mouth: float = 0.0
    light_left: float = 1.0
    light_right: float = 1.0
    wall_shadow: float = 0.0
    blur: float = 0.0
    exposure: float = 1.0
    companion: float = 0.0
    blink_every: float = 0.0
    card: float = 0.0
    warmth: float = 0.0
    knock_x: float = 0.0
    knock_y: float = 0.0
    knock_turn: float = 0.0


@checked.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Step:
    """One scene of the play, and its duration."""

    scene: str
    seconds: float


@checked.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class _Play:
    steps: tuple[Step, ...]


@checked.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Script:
    """All scenes by name, and the play."""

    scenes: dict[str, Scene]
    play: _Play

    def __post_init__(self) -> None:
        unknown = sorted({step.scene for step in self.play.steps} - set(self.scenes))
        if unknown or not self.play.steps:
            raise ValueError(f"the play names scenes that do not exist: {', '.join(unknown) or 'none at all'}")


def load_script(path: Path = SCENES) -> Script:
    """Read the scenes and the play from a TOML file. Raises ValueError (pydantic's) with the errors in it."""
    with path.open("rb") as source:
        return TypeAdapter(Script).validate_python(tomllib.load(source))


def between(start: Scene, end: Scene, share: float) -> Scene:
    """Return the scene at `share` (0..1) of the movement; every number eases in and out."""
    t = min(1.0, max(0.0, share))
    eased = t * t * (3 - 2 * t)
    values = {
        f.name: getattr(start, f.name) + (getattr(end, f.name) - getattr(start, f.name)) * eased for f in fields(Scene)
    }
    return end if t == 1.0 else Scene(**{**values, "blink_every": 0.0})


def apply_blink(scene: Scene, now: float) -> Scene:
    """Return the scene at `now` seconds with blinking lids, if the sitter blinks at all."""
    if scene.blink_every <= 0:
        return scene
    since = now % scene.blink_every
    return replace(scene, eyes=scene.eyes * abs(1 - since / _LIDS_DOWN)) if since < 2 * _LIDS_DOWN else scene


@dataclass(frozen=True)
class Movement:
    """A movement from one scene to the next, which begins at `began` (seconds of the caller's clock)."""

    start: Scene
    end: Scene
    began: float

    @property
    def seconds(self) -> float:
        return _MIN_MOVE_S + abs(self.end.x - self.start.x)

    def at(self, now: float) -> Scene:
        return between(self.start, self.end, (now - self.began) / self.seconds)


class Director:
    """Determines the scene at a time: a requested one, or the play's."""

    def __init__(self, script: Script, first: str, now: float) -> None:
        self._script = script
        self._movement = Movement(script.scenes[first], script.scenes[first], now - _MIN_MOVE_S)
        self._due: list[tuple[float, str]] = []
        self.scene_name = first

    def show(self, name: str, now: float) -> None:
        """Move to the scene `name` and stay. Raises KeyError if there is none."""
        self._due = []
        self._go(name, now)

    def play(self, now: float) -> None:
        """Start the play from its beginning."""
        self._due = []
        at = now
        for step in self._script.play.steps:
            self._due.append((at, step.scene))
            at += step.seconds

    def stop(self) -> None:
        """Stop the play; the present scene stays."""
        self._due = []

    def at(self, now: float) -> Scene:
        """Return the scene at `now`, during the movement or after it."""
        while self._due and self._due[0][0] <= now:
            when, name = self._due.pop(0)
            self._go(name, when)
        return apply_blink(self._movement.at(now), now)

    def _go(self, name: str, now: float) -> None:
        self._movement = Movement(self._movement.at(now), self._script.scenes[name], now)
        self.scene_name = name
