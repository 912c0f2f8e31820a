"""Checks of the driver on libgphoto2's own virtual USB camera, which has no live view and is really detected.

Needs VCAMERADIR in the environment, which python-gphoto2 reads when it is imported: hence a separate process. Prints
one line for each check that passes, and ends at the first that fails.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from hardware.cameras.api import Camera, CameraProblem, EmitsEvents, Shot
from hardware.cameras.gphoto.driver import DslrCamera
from hardware.cameras.registry import open_driver
from tests.hardware.cameras.contract import CHECKS, frames_are_rgb_of_the_announced_size
from tests.waiting import eventually

SPEC = "dslr"
_CARD_CAPACITY = 26  # shots


class WithoutLiveView:
    """A camera without live view: every other check of the contract passes."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.open, self.shoot, self.send_command, self.close = (
            camera.open,
            camera.shoot,
            camera.send_command,
            camera.close,
        )

    def frame(self) -> None:
        try:
            self._camera.frame()
        except CameraProblem as problem:
            if problem.reason != "no_live_view":
                raise
        else:
            raise AssertionError("the virtual camera has no live view")


def the_driver_meets_the_contract() -> None:
    for check in CHECKS:
        if check is not frames_are_rgb_of_the_announced_size:
            check(lambda: WithoutLiveView(open_driver(SPEC)))  # type: ignore[arg-type, return-value]


def the_camera_is_found_by_port_model_and_serial_number() -> None:
    for spec in ("dslr:usb:001,001", "dslr:serial:0.1", "dslr:model:Nikon DSC D750"):
        camera = open_driver(spec)
        assert camera.open().simulated
        camera.close()


def another_camera_is_not_opened_instead() -> None:
    assert _reason("dslr:serial:123") == "not_assigned"
    assert _reason("dslr:usb:001,002") == "absent"


def a_press_of_its_own_shutter_is_received() -> None:
    camera = open_driver(SPEC)
    camera.open()
    assert isinstance(camera, EmitsEvents)
    assert isinstance(camera, DslrCamera)
    received: list[object] = []
    handle = camera._handle
    assert handle is not None
    button = handle.get_widget("opcode")
    assert button is not None
    handle.set_widget(button, "0x9999,0x0,0x64")  # a picture in a tenth of a second (libgphoto2's vcamera.c)
    eventually(
        lambda: any(isinstance(event, Shot) for event in received),
        meanwhile=lambda: received.extend(camera.poll_events()),
    )
    camera.close()


def the_card_fills_up() -> None:
    camera = open_driver(SPEC)
    camera.open()
    reasons = []
    for _ in range(_CARD_CAPACITY + 2):
        try:
            camera.shoot()
        except CameraProblem as problem:
            reasons.append(problem.reason)
    camera.close()
    assert set(reasons) == {"card_full"}


def an_unplugged_camera_is_absent_until_it_is_plugged_in_again() -> None:
    drivers = os.environ["IOLIBS"]
    os.environ["IOLIBS"] = drivers.replace("vusb", "iolibs")
    assert _reason(SPEC) == "absent"
    os.environ["IOLIBS"] = drivers
    camera = open_driver(SPEC)
    camera.open()
    camera.shoot()
    camera.close()


def _reason(spec: str) -> str:
    camera = open_driver(spec)
    try:
        camera.open()
    except CameraProblem as problem:
        return problem.reason
    finally:
        camera.close()
    return ""


USB_CHECKS: tuple[Callable[[], None], ...] = (
    the_driver_meets_the_contract,
    the_camera_is_found_by_port_model_and_serial_number,
    another_camera_is_not_opened_instead,
    a_press_of_its_own_shutter_is_received,
    an_unplugged_camera_is_absent_until_it_is_plugged_in_again,
    the_card_fills_up,  # and stays full while the library is loaded
)

if __name__ == "__main__":
    for usb_check in USB_CHECKS:
        usb_check()
        sys.stdout.write(f"passed: {usb_check.__name__}\n")
