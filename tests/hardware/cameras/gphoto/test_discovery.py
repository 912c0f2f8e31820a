"""The choice of the camera to open, and the problem if it is not the requested one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hardware.cameras.gphoto.address import NETWORK_MODEL, CameraAddress
from hardware.cameras.gphoto.discovery import DetectedCamera
from hardware.cameras.gphoto.driver import DslrCamera
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.gphoto.conftest import Open
from tests.hardware.cameras.gphoto.helpers import reason_of

Choose = Callable[[CameraAddress], DslrCamera]


@pytest.fixture
def plugged(body: SimulatedDslr, old_body: SimulatedDslr) -> Iterator[Choose]:
    """A function that returns the driver of an address on a computer with both bodies plugged in."""
    both = [DetectedCamera(NETWORK_MODEL, each.path) for each in (body, old_body)]
    cameras: list[DslrCamera] = []

    def choose(address: CameraAddress) -> DslrCamera:
        cameras.append(DslrCamera(address, list_cameras=lambda: both))
        return cameras[-1]

    yield choose
    for camera in cameras:
        camera.close()


def test_the_first_camera_is_opened_if_none_is_named(plugged: Choose) -> None:
    assert plugged(CameraAddress()).open().serial == "SIM0001"


@pytest.mark.parametrize(("serial", "opened"), [("OLD", "OLD"), ("0OLD", "OLD"), ("SIM0001", "SIM0001")])
def test_a_serial_number_finds_its_camera_at_whatever_port(plugged: Choose, serial: str, opened: str) -> None:
    camera = plugged(CameraAddress(serial=serial))
    assert camera.open().serial == opened
    camera.frame()


def test_the_cameras_that_are_not_requested_are_closed(
    plugged: Choose, body: SimulatedDslr, old_body: SimulatedDslr
) -> None:
    plugged(CameraAddress(serial="OLD")).open()
    plugged(CameraAddress(serial="SIM0001")).open()
    assert body.status()["taken"]
    assert old_body.status()["taken"]


def test_another_camera_is_not_opened_instead(plugged: Choose) -> None:
    assert reason_of(plugged(CameraAddress(serial="SIM0002")).open) == "not_assigned"
    assert reason_of(plugged(CameraAddress(model="Canon EOS 5D")).open) == "not_assigned"


def test_a_model_is_found_by_its_name(plugged: Choose) -> None:
    assert plugged(CameraAddress(model="simulated dslr")).open().model.startswith("Zhengguan Simulated DSLR")


def test_a_port_without_a_camera_is_empty(plugged: Choose) -> None:
    assert reason_of(plugged(CameraAddress(usb="usb:009,009")).open) == "absent"
    assert reason_of(DslrCamera(CameraAddress(), list_cameras=list).open) == "absent"


def test_a_camera_that_another_program_uses_is_taken(plugged: Choose, body: SimulatedDslr) -> None:
    first = plugged(CameraAddress(serial="SIM0001"))
    first.open()
    second = plugged(CameraAddress(network=body.path))
    assert reason_of(second.open) == "taken"
    assert reason_of(plugged(CameraAddress(serial="SIM0001")).open) == "taken", "it may be the requested one"
    first.close()
    second.open()


def test_a_camera_that_refuses_the_first_call_is_opened_again(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body)
    body.send_command("sleep 1")
    assert reason_of(camera.frame) == "lost"
    camera.close()
    opened(body).shoot()
