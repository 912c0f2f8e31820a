"""Apply the settings of a profile to the camera. Rejected settings are reported and otherwise ignored."""

from __future__ import annotations

import logging
import re

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.config_widget import ConfigWidget, Value
from hardware.cameras.gphoto.profile import DesiredSetting, DesiredSettings

log = logging.getLogger("camera")


def apply_settings(handle: CameraHandle, settings: DesiredSettings) -> tuple[str, ...]:
    """Set what differs from `settings`; return the names of those that the camera rejected.

    Raises CameraProblem only if the camera is gone.
    """
    refused = tuple(name for name, setting in settings.items() if not _apply(handle, setting))
    for name in refused:
        log.warning("The camera rejected its setting %s.", name)
    return refused


def _apply(handle: CameraHandle, setting: DesiredSetting) -> bool:
    if not setting.preferred:
        return True
    for name in setting.settings:
        widget = handle.get_widget(name)
        if widget is not None and widget.accepts_any(setting.preferred):
            return _is_satisfied(widget, setting) or any(
                _set_and_verify(handle, widget, value) for value in setting.preferred
            )
    return not setting.required


def _is_satisfied(widget: ConfigWidget, setting: DesiredSetting) -> bool:
    """Return whether the setting has a preferred value already, or must not be changed."""
    present = str(widget.value)
    if setting.keep_if and re.search(setting.keep_if, present):
        return True
    first = next((value for value in map(widget.cast, setting.preferred) if value is not None), None)
    return first is not None and not setting.force and _equal(first, widget.value)


def _set_and_verify(handle: CameraHandle, widget: ConfigWidget, desired: Value) -> bool:
    """Set the value and read it back: some cameras report success and change nothing."""
    value = None if widget.read_only else widget.cast(desired)
    if value is None:
        return False
    try:
        handle.set_widget(widget, value)
    except CameraProblem:
        if handle.dead:
            raise
        return False
    reread = handle.get_widget(widget.name)
    return reread is not None and _equal(value, reread.value)


def _equal(one: Value, other: Value | None) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) < 1e-3
    return str(one) == str(other)
