"""A configuration widget of the camera: one setting with its type, value and choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import gphoto2 as gp

_CHOICE_WIDGETS: Final = (gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU)

Value = str | int | float


class ConfigWidget:
    """One setting of the camera, as it was read."""

    def __init__(self, name: str, gp_widget: Any) -> None:
        self.name = name
        self.gp_widget = gp_widget
        self.kind: int = gp_widget.get_type()
        self.value: Value | None = gp_widget.get_value()
        self.choices: list[str] = [str(one) for one in gp_widget.get_choices()] if self.kind in _CHOICE_WIDGETS else []
        self.read_only = bool(gp_widget.get_readonly())

    def cast(self, value: Value) -> Value | None:
        """Convert `value` to the type of this setting, None if that is impossible.

        A choice that the camera does not offer must never reach libgphoto2: its virtual camera crashes.
        """
        if self.kind in _CHOICE_WIDGETS:
            return next((choice for choice in self.choices if choice.casefold() == str(value).casefold()), None)
        if self.kind == gp.GP_WIDGET_RANGE:
            low, high, _ = self.gp_widget.get_range()
            return float(value) if _is_number(value) and low <= float(value) <= high else None
        if self.kind == gp.GP_WIDGET_TOGGLE:
            return int(value) if str(value) in ("0", "1") else None
        return str(value) if self.kind == gp.GP_WIDGET_TEXT else None

    def accepts_any(self, values: Iterable[Value]) -> bool:
        """Return False for a different setting of the same name. Sony's `autofocus` is a button, Nikon's a choice of On
        and Off."""
        return self.kind != gp.GP_WIDGET_TOGGLE or any(self.cast(value) is not None for value in values)


def _is_number(value: Value) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
