"""The settings of the devices reach their drivers."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from config.errors import Problem
from config.settings.station import StationSettings, station_settings
from hardware.cameras.dual.driver import DualCamera
from hardware.cameras.webcam import WebcamCamera
from hardware.lights.api import LightsProblem
from kiosk.station.devices import camera_driver, is_dual_camera, reserved_ports, studio_lamps


def settings_with(**changes: dict[str, object]) -> StationSettings:
    return station_settings(None, **changes)


def test_the_camera_driver_is_pickled_with_the_settings_of_the_station(tmp_path: Path) -> None:
    own = tmp_path / "webcam.toml"
    own.write_text("width = 1280\nheight = 720\n", encoding="utf-8")
    arguments = settings_with(camera={"driver": "webcam:0", "webcam": str(own)}).camera
    make = pickle.loads(pickle.dumps(camera_driver(arguments, tmp_path / "framing.toml")))
    camera = make("webcam:0")
    assert isinstance(camera, WebcamCamera)
    assert camera._settings.width == 1280
    assert isinstance(make("dual:webcam:0+studio"), DualCamera)


def test_settings_of_a_webcam_that_cannot_be_read_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(Problem):
        camera_driver(
            settings_with(camera={"webcam": str(tmp_path / "nowhere.toml")}).camera, tmp_path / "framing.toml"
        )


def test_a_dual_camera_is_recognised_by_its_setting() -> None:
    assert is_dual_camera(settings_with(camera={"driver": "dual:webcam+dslr"}).camera)
    assert not is_dual_camera(settings_with(camera={"driver": "dslr"}).camera)


def test_lamps_are_there_only_where_the_settings_name_a_dimmer(tmp_path: Path) -> None:
    lamp = {"name": "left", "channel": 1}
    no_port = str(tmp_path / "no-port")
    assert studio_lamps(settings_with().lights, tmp_path / "lamps.json") is None
    lamps = studio_lamps(
        settings_with(lights={"driver": "dmx", "port": no_port, "lamps": [lamp]}).lights, tmp_path / "l.json"
    )
    assert lamps is not None
    with pytest.raises(LightsProblem) as caught:
        lamps.start()
    assert caught.value.reason == "absent"


def test_ports_of_other_devices_are_not_probed_for_a_card_reader() -> None:
    settings = settings_with(lights={"port": "/dev/ttyUSB1"}, codes={"serial_port": "/dev/ttyACM0"})
    assert reserved_ports(settings) == ("/dev/ttyACM0", "/dev/ttyUSB1")
