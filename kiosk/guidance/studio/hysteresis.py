"""A latched alarm: raised after a change has lasted, cleared when it is clearly over, kept while it is not measured."""

from __future__ import annotations

from config.settings.studio import AlarmSettings


class LatchedAlarm:
    """One alarm with hysteresis."""

    def __init__(self, alarm: AlarmSettings) -> None:
        self._alarm = alarm
        self._above_since: float | None = None
        self.since: float | None = None

    def update(self, value: float | None, now: float) -> bool:
        """Update with `value` and return whether it is raised; None (not measured) changes nothing."""
        if value is None:
            if self.since is None:
                self._above_since = None
            return self.since is not None
        if abs(value) > self._alarm.raise_above:
            self._above_since = now if self._above_since is None else self._above_since
            if self.since is None and now - self._above_since >= self._alarm.hold_seconds:
                self.since = self._above_since
        elif self.since is None or abs(value) < self._alarm.clear_below:
            self._above_since = self.since = None
        return self.since is not None
