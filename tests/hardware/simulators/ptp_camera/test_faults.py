"""The effect of each fault of the simulated DSLR on the real libgphoto2, and what works afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable

import gphoto2 as gp
import pytest

from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.simulators.ptp_camera.client import Client, error_of, is_complete, number_on, size_of
from tests.hardware.simulators.ptp_camera.conftest import SIZE
from tests.waiting import eventually, scale_timeout

Connect = Callable[[SimulatedDslr], Client]
FAILED, BROKEN, BUSY = gp.GP_ERROR, gp.GP_ERROR_IO, gp.GP_ERROR_CAMERA_BUSY
FOLDER = "/store_00010001/DCIM/100ZGSIM"


def test_a_full_card_takes_no_picture(any_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_dslr)
    any_dslr.send_command("card full")
    assert error_of(client.shoot) == FAILED
    eventually(lambda: client.get("availableshots") == "0", client.wait_for_file)
    any_dslr.send_command("card 5")
    assert size_of(client.shoot()) == SIZE


def test_the_pictures_of_a_card_that_is_pulled_out_are_absent(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.shoot()
    dslr.send_command("card out")
    assert error_of(client.shoot) == FAILED
    assert error_of(client.fetch, FOLDER, "DSC_0001.JPG") < 0
    assert error_of(client.camera.get_storageinfo) < 0 or not list(client.camera.get_storageinfo())
    dslr.send_command("card in")
    assert size_of(client.shoot()) == SIZE


def test_out_of_focus_with_autofocus(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.set("autofocus", "On")
    dslr.send_command("fault out_of_focus")
    assert error_of(client.shoot) == FAILED
    assert size_of(client.shoot()) == SIZE
    dslr.send_command("fault out_of_focus")
    assert error_of(client.set, "autofocusdrive", 1) == FAILED
    client.set("autofocusdrive", 1)


def test_an_eos_that_cannot_focus_reports_that_it_is_busy(eos: SimulatedDslr, connect: Connect) -> None:
    client = connect(eos)
    eos.send_command("fault out_of_focus")
    assert error_of(client.shoot) == BUSY
    assert size_of(client.shoot()) == SIZE
    client.set("focusmode", "Manual")
    eos.send_command("fault out_of_focus")
    assert size_of(client.shoot()) == SIZE


def test_manual_focus_cannot_fail(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.set("focusmode", "Manual")
    client.set("autofocus", "On")
    dslr.send_command("fault out_of_focus")
    assert size_of(client.shoot()) == SIZE


def test_an_old_body_focuses_at_every_shot(old_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(old_dslr)
    old_dslr.send_command("fault out_of_focus")
    assert error_of(client.shoot) == FAILED
    assert size_of(client.shoot()) == SIZE


def test_busy_is_retried_by_libgphoto2(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command("fault busy 3")
    assert size_of(client.shoot()) == SIZE
    assert dslr.status()["requests"]["capture_to_media"] == 4
    dslr.send_command("fault busy 1000")
    assert error_of(client.shoot) == BUSY


def test_busy_on_an_old_body_fails_at_once(old_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(old_dslr)
    old_dslr.send_command("fault busy")
    assert error_of(client.shoot) == BUSY
    assert size_of(client.shoot()) == SIZE


def test_a_general_error_fails_the_shot(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command("fault general_error")
    assert error_of(client.shoot) == FAILED
    assert size_of(client.shoot()) == SIZE


@pytest.mark.parametrize("fault", ["hang", "general_error"])
def test_libgphoto2_waits_indefinitely_for_a_picture_that_never_arrives(
    fault: str, request: pytest.FixtureRequest, connect: Connect
) -> None:
    """libgphoto2 ignores a general error of an old body and then waits for events that never arrive."""
    camera: SimulatedDslr = request.getfixturevalue("dslr" if fault == "hang" else "old_dslr")
    client = connect(camera)
    camera.send_command(f"fault {fault}")
    codes: list[int] = []
    shooting = threading.Thread(target=lambda: codes.append(error_of(client.shoot)))
    shooting.start()
    if fault == "hang":  # it continues to poll whether the camera is ready
        eventually(lambda: camera.status()["requests"].get("device_ready", 0) > 3)
    else:
        eventually(lambda: camera.status()["requests"].get("initiate_capture"))
    assert shooting.is_alive()
    assert not codes
    camera.unplug()
    shooting.join(scale_timeout(60))
    assert codes[0] < 0


def test_an_operation_without_a_response_fails_after_some_time(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.frame()
    dslr.send_command("fault silent get_live_view_image")
    assert error_of(client.frame) in (BROKEN, gp.GP_ERROR_TIMEOUT)
    dslr.send_command("drop")  # else closing the session takes as long again


def test_a_late_frame_is_delivered(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    before = number_on(client.frame())
    dslr.send_command("fault frame_late 0.3")
    assert number_on(client.frame()) > before


@pytest.mark.parametrize("line", ["prohibit", "battery 3"])
def test_no_live_view(line: str, dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command(line)
    assert error_of(client.frame) == FAILED
    dslr.send_command("prohibit 0")
    dslr.send_command("battery 90")
    assert size_of(client.frame()) == (640, 424)


def test_live_view_prohibited_in_the_middle_of_it(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.frame()
    dslr.send_command("prohibit")
    assert error_of(client.frame) == FAILED


def test_an_empty_battery_takes_no_picture(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command("battery 1")
    assert error_of(client.shoot) == FAILED
    assert dslr.status()["files"] == []


@pytest.mark.parametrize("how", ["truncated", "garbage", "empty"])
def test_a_damaged_picture_arrives_unchanged(how: str, dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command(f"fault {how}")
    damaged = client.shoot()
    assert not is_complete(damaged)
    assert (len(damaged) == 0) == (how == "empty")
    assert size_of(client.shoot()) == SIZE


def test_a_frame_of_noise_arrives_unchanged(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.frame()
    dslr.send_command("fault frame garbage")
    assert not is_complete(client.frame())
    assert size_of(client.frame()) == (640, 424)


@pytest.mark.parametrize("how", ["truncated", "empty"])
def test_a_frame_without_the_end_of_a_picture_fails(how: str, dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.frame()
    dslr.send_command(f"fault frame {how}")
    assert error_of(client.frame) == FAILED
    assert size_of(client.frame()) == (640, 424)


def test_a_refused_setting_stays_as_it_was(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    before = client.get("iso")
    dslr.send_command("set iso refused")
    assert error_of(client.set, "iso", "800") < 0
    assert client.get("iso") == before


def test_a_slow_card_sends_complete_pictures(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    picture = client.shoot()
    dslr.send_command(f"speed {len(picture) * 4}")
    assert size_of(client.shoot()) == SIZE


def test_a_dropped_connection_stays_closed_and_a_new_one_works(any_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_dslr)
    client.frame()
    any_dslr.send_command("drop")
    assert error_of(client.frame) < 0
    assert error_of(client.frame) < 0
    assert size_of(connect(any_dslr).frame()) == (640, 424)


def test_a_download_cut_off_fails_and_the_picture_is_still_on_the_card(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command("fault cut 4096")
    assert error_of(client.shoot) < 0
    assert dslr.status()["files"] == ["DSC_0001.JPG"]
    assert size_of(connect(dslr).fetch(FOLDER, "DSC_0001.JPG")) == SIZE


def test_an_unplugged_camera_is_gone_until_it_is_plugged_in_again(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.frame()
    dslr.unplug()
    assert error_of(client.frame) < 0
    assert error_of(connect, dslr) < 0
    dslr.plug()
    assert size_of(connect(dslr).shoot()) == SIZE


def test_a_camera_in_standby_refuses_the_first_connections(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    dslr.send_command("sleep 2")
    assert error_of(client.frame) < 0
    assert error_of(connect, dslr) == FAILED
    assert error_of(connect, dslr) == FAILED
    assert size_of(connect(dslr).frame()) == (640, 424)


def test_a_camera_in_standby_refuses_connections_until_somebody_wakes_it(dslr: SimulatedDslr, connect: Connect) -> None:
    dslr.send_command("sleep")
    assert error_of(connect, dslr) == FAILED
    dslr.send_command("wake")
    assert size_of(connect(dslr).frame()) == (640, 424)


def test_a_second_initiator_is_refused_while_the_first_is_there(dslr: SimulatedDslr, connect: Connect) -> None:
    first = connect(dslr)
    assert error_of(connect, dslr) == FAILED
    assert size_of(first.frame()) == (640, 424)
    first.close()
    assert size_of(connect(dslr).frame()) == (640, 424)


def test_a_power_cut(connect: Connect) -> None:
    with SimulatedDslr("--size", "600x400", "--delay", "0.01") as dslr:
        client = connect(dslr)
        client.frame()
        dslr.kill()
        assert error_of(client.frame) < 0
        dslr.start()
        assert size_of(connect(dslr).shoot()) == SIZE


def test_faults_can_be_ended(dslr: SimulatedDslr, connect: Connect) -> None:
    dslr.send_command("fault refuse capture store_full 9")
    dslr.send_command("fault frame empty 9")
    dslr.send_command("prohibit")
    dslr.send_command("heal")
    client = connect(dslr)
    assert size_of(client.shoot()) == SIZE
    assert size_of(client.frame()) == (640, 424)
