"""Connected devices, read from a tree like that of Linux."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.diagnostics.report import CheckResult, Level
from kiosk.diagnostics.usb import connected_devices, devices, holders


class Bus:
    """/sys, /dev and /proc of a computer with the devices that the test plugs in."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev, self.proc = folder / "sys", folder / "dev", folder / "proc"
        for root in (self.sys, self.dev, self.proc):
            root.mkdir()

    def plug(self, port: str, identity: str, name: str, number: int, *interfaces: str, kind: str = "00") -> Path:
        vendor, product = identity.split(":")
        files = {"idVendor": vendor, "idProduct": product, "product": name, "busnum": "1", "devnum": str(number)}
        _write(self.sys / port, {**files, "bDeviceClass": kind})
        for index, interface in enumerate(interfaces):
            names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            _write(self.sys / f"{port}:1.{index}", dict(zip(names, interface.split("/"), strict=True)))
        node = self.dev / "001" / f"{number:03}"
        node.parent.mkdir(exist_ok=True)
        node.touch()
        return node

    def run(self, pid: int, program: str, *open_files: Path) -> None:
        _write(self.proc / str(pid), {"comm": program + "\n"})
        descriptors = self.proc / str(pid) / "fd"
        descriptors.mkdir()
        for number, file in enumerate(open_files):
            (descriptors / str(number)).symlink_to(file)

    def lines(self) -> list[CheckResult]:
        return list(connected_devices(self.sys, self.dev, self.proc))


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path)


def test_each_kind_is_recognised_by_its_interfaces(bus: Bus) -> None:
    bus.plug("1-1", "1d6b:0002", "hub", 1, "09/00/00", kind="09")
    bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01")
    bus.plug("1-3", "046d:0825", "Webcam", 3, "0e/01/00", "0e/02/00")
    bus.plug("1-4", "04b8:0202", "TM-T20", 4, "07/01/02")
    bus.plug("1-5", "0400:c35a", "SAM", 5, "ff/00/00")
    bus.plug("1-6", "046d:c52b", "Keyboard", 6, "03/01/01")
    assert [device.kind for device in devices(bus.sys, bus.dev)] == ["camera", "webcam", "printer", "reader", "other"]


def test_a_camera_that_another_program_holds_is_reported_with_its_name(bus: Bus) -> None:
    node = bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01")
    bus.run(311, "gvfs-gphoto2", node)
    bus.run(312, "bash", bus.dev / "null")
    held = [one for one in bus.lines() if one.message.key == "diagnosis.usb.held"]
    assert [one.message.values["program"] for one in held] == ["gvfs-gphoto2"]
    assert held[0].level is Level.WARNING
    assert "gvfs-gphoto2" in held[0].translate("en")


def test_a_process_whose_files_cannot_be_read_is_skipped(bus: Bus) -> None:
    node = bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01")
    (bus.proc / "77").mkdir()  # it ended between two reads
    assert holders(node, bus.proc) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may open everything")
def test_a_device_without_permission_is_reported(bus: Bus) -> None:
    bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01").chmod(0)
    assert Level.WARNING in [one.level for one in bus.lines()]


def test_a_reader_that_this_station_does_not_support_is_not_called_usable(bus: Bus) -> None:
    bus.plug("1-5", "0400:c35a", "SAM", 5, "ff/00/00")
    reader = bus.lines()[1]
    assert (reader.message.key, reader.level) == ("diagnosis.usb.reader", Level.WARNING)


def test_the_kiosk_is_not_reported_as_another_programme(bus: Bus) -> None:
    node = bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01")
    bus.run(311, "zhengguan-kiosk", node)
    lines = connected_devices(bus.sys, bus.dev, bus.proc, check_holders=False)
    assert "diagnosis.usb.held" not in [one.message.key for one in lines]


def test_a_node_that_is_not_there_is_reported(bus: Bus) -> None:
    bus.plug("1-2", "04b0:0437", "DSC D7500", 2, "06/01/01").unlink()
    assert [one.message.key for one in bus.lines()] == ["diagnosis.usb.ok", "diagnosis.usb.not_allowed"]


def test_a_computer_without_usb_is_reported(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert [one.message.key for one in connected_devices(nowhere, nowhere, nowhere)] == ["diagnosis.usb.none"]
