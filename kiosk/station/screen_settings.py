"""The settings of the screens, from those of the station."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from config.settings.station import StationSettings
from config.standards.registry import load_standard
from kiosk.ui.ui_settings import CodeInput, UiSettings

VERSION: Final = version("zhengguan")
_SIMULATED_DRIVERS: Final = ("studio", "folder", "scripted")


def ui_settings(
    settings: StationSettings, pin_hash: str, simulated: bool | None, *, document_reading: bool
) -> UiSettings:
    """Return the settings of the screens. If `simulated` is None, the camera driver decides it."""
    return UiSettings(
        language=settings.station.language,
        standard=load_standard("chsi"),
        pin_hash=pin_hash,
        station=settings.station.name,
        school=settings.station.school,
        help_contact=settings.station.help,
        simulated=has_simulated_driver(settings) if simulated is None else simulated,
        version=VERSION,
        disk_warning_bytes=int(settings.operator.disk_warning_gb * 1e9),
        disk_critical_bytes=int(settings.operator.disk_critical_gb * 1e9),
        roster_warning_hours=settings.operator.roster_warning_hours,
        code_input=_code_input(settings),
        has_card_reader=bool(settings.card_reader.port.strip()),
        student_no_keypad=settings.codes.keypad and settings.codes.student_numbers,
        document_reading=document_reading,
    )


def has_simulated_driver(settings: StationSettings) -> bool:
    """Return whether the driver of the settings uses no real camera."""
    return settings.camera.driver.split(":")[0] in _SIMULATED_DRIVERS


def _code_input(settings: StationSettings) -> CodeInput:
    """Return how a student shows a code. Whether a keyboard scanner is plugged in cannot be detected."""
    if settings.codes.camera:
        return "camera"
    if settings.codes.serial_port:
        return "scanner"
    return "keyboard" if settings.codes.keyboard else ""
