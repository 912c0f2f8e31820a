"""The simulated DSLR, old or new, is a camera for the real libgphoto2."""

from __future__ import annotations

from collections.abc import Callable

import gphoto2 as gp
import pytest

from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.simulators.ptp_camera.client import Client, error_of, number_on, size_of
from tests.hardware.simulators.ptp_camera.conftest import SIZE
from tests.waiting import eventually

Connect = Callable[[SimulatedDslr], Client]


def test_the_camera_reports_its_identity(connect: Connect) -> None:
    with SimulatedDslr("--model", "Studio body 2", "--serial", "SN-77", "--firmware", "V9.9") as dslr:
        client = connect(dslr)
        assert client.get("cameramodel") == "Studio body 2"
        assert client.get("serialnumber") == "SN-77"
        assert client.get("deviceversion") == "V9.9"


def test_live_view_continues_through_a_shot(any_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_dslr)
    before = number_on(client.frame())
    assert size_of(client.shoot()) == SIZE
    assert number_on(client.frame()) > before


def test_every_frame_is_a_new_one(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    numbers = [number_on(client.frame()) for _ in range(4)]
    assert numbers == sorted(set(numbers))


def test_a_large_picture_arrives_completely(connect: Connect) -> None:
    with SimulatedDslr("--delay", "0.01") as dslr:
        assert size_of(connect(dslr).shoot()) == (6000, 4000)


def test_shots_stay_on_the_card_until_deleted(any_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_dslr)
    path = client.camera.capture(gp.GP_CAPTURE_IMAGE)
    client.shoot()
    assert any_dslr.status()["files"] == ["DSC_0001.JPG", "DSC_0002.JPG"]
    client.camera.file_delete(path.folder, path.name)
    assert any_dslr.status()["files"] == ["DSC_0002.JPG"]


def test_a_shot_into_memory_does_not_use_the_card(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    client.set("capturetarget", "Internal RAM")
    dslr.send_command("card full")
    assert size_of(client.shoot()) == SIZE
    assert dslr.status()["files"] == []


def test_raw_and_jpeg_are_two_files_of_one_picture(any_nikon: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_nikon)
    client.set("imagequality", "NEF+Fine")
    client.camera.trigger_capture()
    assert client.added(2) == ["DSC_0001.NEF", "DSC_0001.JPG"]
    folder = "/store_00010001/DCIM/100ZGSIM"
    raw, picture = (client.fetch(folder, f"DSC_0001.{suffix}") for suffix in ("NEF", "JPG"))
    assert raw.startswith(b"II*\0")
    assert raw.endswith(picture)


def test_the_shutter_on_the_body_is_received(any_dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(any_dslr)
    any_dslr.send_command("shutter")
    assert client.added(1) == ["DSC_0001.JPG"]


def test_an_eos_delivers_a_shot_from_its_memory(eos: SimulatedDslr, connect: Connect) -> None:
    client = connect(eos)
    client.set("capturetarget", "Internal RAM")
    eos.send_command("card full")
    assert size_of(client.shoot()) == SIZE
    assert eos.status()["files"] == []


def test_an_eos_reports_its_serial_number_as_its_own_setting(connect: Connect) -> None:
    with SimulatedDslr("--dialect", "eos", "--serial", "SN-88", "--size", "600x400") as dslr:
        client = connect(dslr)
        assert client.get("eosserialnumber") == "SN-88"
        assert client.camera.get_single_config("imagequality") is None  # no error: the caller has to check


def test_an_eos_accepts_settings_by_its_own_numbers(eos: SimulatedDslr, connect: Connect) -> None:
    client = connect(eos)
    assert client.get("aperture") == "5.6"
    client.set("aperture", "8")
    client.set("iso", "400")
    assert (client.get("aperture"), client.get("iso")) == ("8", "400")


@pytest.mark.parametrize(
    ("name", "value"),
    [("f-number", "f/8"), ("iso", "400"), ("whitebalance", "Daylight"), ("shutterspeed", "0.0100s")],
)
def test_settings_are_accepted(dslr: SimulatedDslr, connect: Connect, name: str, value: str) -> None:
    client = connect(dslr)
    assert client.get(name) != value
    client.set(name, value)
    assert client.get(name) == value


def test_a_value_that_the_camera_does_not_have_is_refused(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    before = client.get("f-number")
    assert "f/99" not in client.choices("f-number")
    assert error_of(client.set, "f-number", "f/99") < 0
    assert client.get("f-number") == before


def test_the_camera_reports_its_battery_and_the_room_on_its_card(dslr: SimulatedDslr, connect: Connect) -> None:
    client = connect(dslr)
    assert client.get("batterylevel") == "80%"
    dslr.send_command("battery 30")
    dslr.send_command("card 12")
    eventually(
        lambda: client.get("batterylevel") == "30%", client.wait_for_file
    )  # libgphoto2 caches values until an event
    client.shoot()
    eventually(lambda: client.get("availableshots") == "11", client.wait_for_file)
    assert client.camera.get_storageinfo()[0].freeimages == 11


def test_pictures_come_from_any_other_camera(dslr: SimulatedDslr, connect: Connect, tmp_path: object) -> None:
    from pathlib import Path

    from tests.hardware.cameras.supervised_camera import jpeg

    original = jpeg(900, 600, seed=3)
    Path(str(tmp_path), "one.jpg").write_bytes(original)
    with SimulatedDslr("--lens", f"folder:{tmp_path}", "--delay", "0.01") as folder_dslr:
        client = connect(folder_dslr)
        assert client.shoot() == original
        assert size_of(client.frame()) == (900, 600)


@pytest.mark.parametrize("line", ["", "fly", "fault", "fault rain", "set iso", "set wings 3", "battery full"])
def test_an_unknown_command_is_an_error(dslr: SimulatedDslr, line: str) -> None:
    with pytest.raises(ValueError, match="no: "):
        dslr.send_command(line or "  x")
    assert not dslr.status()["taken"]


def test_a_camera_that_cannot_start_is_reported() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        SimulatedDslr("--lens", "leica").start()
