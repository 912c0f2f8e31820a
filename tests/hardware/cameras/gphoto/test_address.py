"""The camera that a setting addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.cameras.api import Camera, CameraProblem
from hardware.cameras.gphoto.address import CameraAddress, parse_address
from hardware.cameras.registry import open_driver

ADDRESSES = (
    ("", CameraAddress()),
    ("@/etc/own.toml", CameraAddress(profile=Path("/etc/own.toml"))),
    (":usb:001,004", CameraAddress(usb="usb:001,004")),
    (":serial:0123", CameraAddress(serial="0123")),
    (":serial:0123@own.toml", CameraAddress(serial="0123", profile=Path("own.toml"))),
    (":model:Canon EOS 80D", CameraAddress(model="Canon EOS 80D")),
    (":ptpip:192.168.1.7", CameraAddress(network="ptpip:192.168.1.7")),
    (":ptpip:127.0.0.1:4000", CameraAddress(network="ptpip:127.0.0.1:4000:4000")),
    (":ptpip:10.0.0.2,Canon EOS (WLAN)", CameraAddress(network="ptpip:10.0.0.2", network_model="Canon EOS (WLAN)")),
)


@pytest.mark.parametrize(("rest", "address"), ADDRESSES)
def test_a_setting_addresses_one_camera(rest: str, address: CameraAddress) -> None:
    assert parse_address(rest) == address
    camera: Camera = open_driver(f"dslr{rest}")
    camera.close()


@pytest.mark.parametrize(
    "rest", [":", ":serial:", ":usb", ":colour:red", ":ptpip:", ":ptpip:a b", "@", ":ptpip:h:port"]
)
def test_a_setting_without_a_camera_is_rejected(rest: str) -> None:
    assert parse_address(rest) is None
    with pytest.raises(CameraProblem) as caught:
        open_driver(f"dslr{rest}")
    assert caught.value.reason == "spec"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module in [name for name in sys.modules if name.startswith(("gphoto2", "hardware.cameras.gphoto."))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "gphoto2", None)
    with pytest.raises(CameraProblem) as caught:
        open_driver("dslr")
    assert caught.value.reason == "not_installed"
    assert "gphoto2" in caught.value.in_language("en")
