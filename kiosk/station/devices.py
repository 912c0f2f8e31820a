"""Create the station's devices from its settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from config.machine_speed import slowness
from config.settings.station import CameraSettings, LightSettings, StationSettings
from config.settings.studio import studio_settings
from config.standards.registry import load_standard
from hardware.cameras.api import Camera, Frame, Shot
from hardware.cameras.assigned_camera import AssignedCamera
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Timeouts
from hardware.cameras.webcam import WebcamSettings
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.poller import CardPoller
from hardware.lights.api import Lamp
from hardware.lights.registry import open_lights
from kiosk.station.paths import StationPaths, local_time
from kiosk.studio.lights import StudioLamps
from kiosk.studio.monitor import StudioMonitor


def camera_driver(settings: CameraSettings, framing: Path) -> Callable[[str], Camera]:
    """Return a function that opens the camera; it is pickled for the camera process. `framing` is the file with the
    registration of a dual camera. Raises Problem if the station's webcam settings cannot be read."""
    webcam = WebcamSettings.read(Path(settings.webcam)) if settings.webcam else None
    return partial(open_driver, webcam=webcam, framing=framing)


def is_dual_camera(settings: CameraSettings) -> bool:
    """Return whether one camera delivers the live view and another the shot, so that their framing must be
    registered."""
    return settings.driver.strip().startswith("dual:")


def studio_lamps(settings: LightSettings, levels_file: Path) -> StudioLamps | None:
    """Return the lamps that the station may dim; `levels_file` stores their levels."""
    if settings.driver == "none":
        return None
    lamps = tuple(Lamp(**lamp.model_dump()) for lamp in settings.lamps)
    return StudioLamps(lambda: open_lights(settings.driver, settings.port, lamps), levels_file)


def reserved_ports(settings: StationSettings) -> tuple[str, ...]:
    """Return the serial ports of other devices; the search for the card reader must not write to them."""
    paper = settings.printer.driver.strip().removeprefix("escpos:file:")
    return tuple(port for port in (settings.codes.serial_port, settings.lights.port, paper) if port)


def create_camera(
    settings: CameraSettings,
    framing: Path,
    assigned: AssignedCamera,
    on_state: Callable[[CameraState], None],
    on_late: Callable[[Shot], None],
    on_unsolicited: Callable[[Shot, float], None],
) -> CameraSupervisor:
    """Return the supervisor of the station's camera, not started yet. Raises Problem for invalid webcam settings."""
    timeouts = Timeouts(heartbeat=settings.heartbeat_timeout, open=settings.open_timeout, shot=settings.shot_timeout)
    return CameraSupervisor(
        settings.driver,
        on_state,
        timeouts=timeouts.scaled_by(slowness()),
        driver=camera_driver(settings, framing),
        on_late=on_late,
        on_unsolicited=on_unsolicited,
        rejects=assigned.rejects,
    )


def create_card_poller(
    settings: StationSettings,
    on_card: Callable[[CardReading], None],
    on_problem: Callable[[ReaderProblem | None], None],
) -> CardPoller | None:
    """Return the poller of the station's card reader; None if the settings name no port."""
    section = settings.card_reader
    if not section.port:
        return None
    discovery = ReaderDiscovery(
        section.port, section.baud, include_photo=section.include_photo, reserved_ports=reserved_ports(settings)
    )
    return CardPoller(discovery.lazy_reader, on_card, on_problem)


def create_studio_monitor(
    settings: StationSettings, paths: StationPaths, newest: Callable[[int], Frame | None]
) -> StudioMonitor:
    lamps = studio_lamps(settings.lights, paths.lamps)
    standard, language = load_standard("chsi"), settings.station.language
    return StudioMonitor(newest, paths.studio, standard, studio_settings(), language, local_time, lamps)
