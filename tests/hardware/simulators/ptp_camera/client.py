"""A client of the simulated camera with the real libgphoto2."""

from __future__ import annotations

import io
import os

import gphoto2 as gp
from PIL import Image

from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.waiting import eventually

MODEL = "PTP/IP Camera"


class Client:
    """A gphoto2 camera as its driver uses it. Raises gphoto2.GPhoto2Error."""

    def __init__(self, dslr: SimulatedDslr) -> None:
        ports, models = gp.PortInfoList(), gp.CameraAbilitiesList()
        ports.load()
        models.load()
        self.camera = gp.Camera()
        self.camera.set_port_info(ports[ports.lookup_path(dslr.path)])
        self.camera.set_abilities(models[models.lookup_model(MODEL)])
        self.camera.init()
        self.set("capturetarget", "Memory card")  # libgphoto2 stores this and the next in its own settings file
        if "autofocus" in dict(self.camera.list_config()):  # Nikons
            self.set("autofocus", "Off")

    def frame(self) -> bytes:
        file = self.camera.capture_preview()  # in a variable, because its bytes are freed with it
        return bytes(file.get_data_and_size())

    def shoot(self) -> bytes:
        path = self.camera.capture(gp.GP_CAPTURE_IMAGE)
        return self.fetch(path.folder, path.name)

    def fetch(self, folder: str, name: str) -> bytes:
        file = self.camera.file_get(folder, name, gp.GP_FILE_TYPE_NORMAL)
        return bytes(file.get_data_and_size())

    def get(self, name: str) -> str:
        return str(self.camera.get_single_config(name).get_value())

    def choices(self, name: str) -> list[str]:
        return list(self.camera.get_single_config(name).get_choices())

    def set(self, name: str, value: str | int) -> None:
        widget = self.camera.get_single_config(name)
        widget.set_value(value)
        self.camera.set_single_config(name, widget)

    def added(self, count: int) -> list[str]:
        """Return the names of the next `count` files that the camera reports as added."""
        names: list[str] = []

        eventually(lambda: len(names) >= count, lambda: names.extend(self.wait_for_file()))
        return names

    def wait_for_file(self) -> list[str]:
        """Return the name of the file that the next event reports as added, if it does."""
        kind, path = self.camera.wait_for_event(50)
        return [path.name] if kind == gp.GP_EVENT_FILE_ADDED else []

    def close(self) -> None:
        """Close the session. libgphoto2 2.5.34 then also closes file descriptor 0 (ptpip.c: jpgfd is 0 until it is
        used), and would close the next camera's socket if it had this number."""
        error_of(self.camera.exit)
        try:
            os.fstat(0)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free


def error_of(call: object, *arguments: object) -> int:
    """Return the code with which libgphoto2 fails in this call, or 0 if it does not fail."""
    assert callable(call)
    try:
        call(*arguments)
    except gp.GPhoto2Error as error:
        return int(error.code)
    return 0


def size_of(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return image.size


def is_complete(picture: bytes) -> bool:
    try:
        size_of(picture)
    except OSError:
        return False
    return True


def number_on(picture: bytes) -> int:
    """Return the number in the sixteen squares of the test card."""
    with Image.open(io.BytesIO(picture)) as image:
        grey = image.convert("L")
    side = max(8, grey.width // 40)
    return sum(1 << bit for bit in range(16) if grey.getpixel((bit * side + side // 2, side // 2)) > 128)  # type: ignore[operator]
