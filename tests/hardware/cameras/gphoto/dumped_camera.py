"""A fake gp.Camera with the dumped settings of a user's camera."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import gphoto2 as gp

DUMPS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("nine_cameras.toml").read_text(encoding="utf-8")
)
_NOT_SETTINGS = ("expect", "after", "refuses")
_NO_SUCH, _REFUSED = -2, -1


class DumpedWidget:
    """One setting as python-gphoto2 shows it."""

    def __init__(self, stored: Any) -> None:
        self._choices = stored[1:] if isinstance(stored, list) else []
        self._value = stored[0] if isinstance(stored, list) else stored

    def get_type(self) -> int:
        if self._choices:
            return int(gp.GP_WIDGET_RADIO)
        return int(gp.GP_WIDGET_TOGGLE if isinstance(self._value, int) else gp.GP_WIDGET_TEXT)

    def get_choices(self) -> list[str]:
        return list(self._choices)

    def get_readonly(self) -> int:
        return 0

    def get_value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        assert type(value) is type(self._value), "libgphoto2 accepts only its own types"
        assert not self._choices or value in self._choices, "libgphoto2's virtual camera crashes with other values"
        self._value = value


class DumpedCamera:
    def __init__(self, dump: dict[str, Any]) -> None:
        self._settings = {name: stored for name, stored in dump.items() if name not in _NOT_SETTINGS}
        self._refuses = dump.get("refuses", ())
        self.set: list[str] = []

    def get_single_config(self, name: str) -> DumpedWidget:
        if name not in self._settings:
            raise gp.GPhoto2Error(_NO_SUCH)
        return DumpedWidget(self._settings[name])

    def set_single_config(self, name: str, widget: DumpedWidget) -> None:
        if name in self._refuses:
            raise gp.GPhoto2Error(_REFUSED)
        self.set.append(name)
        choices = widget.get_choices()
        self._settings[name] = [widget.get_value(), *choices] if choices else widget.get_value()

    def get_storageinfo(self) -> list[object]:
        return []

    def value(self, name: str) -> Any:
        stored = self._settings[name]
        return stored[0] if isinstance(stored, list) else stored
