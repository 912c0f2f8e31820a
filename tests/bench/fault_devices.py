"""The devices of the fault table and their faults; a new device is a class with a name, a spec and its faults."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final, Self

from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.samv_protocol import Command
from hardware.simulators.card_reader import ReaderFaults
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.bench.fault_stage import Device, Fault, Stage
from tests.child_processes import signal_cameras
from tests.hardware.cameras.conftest import FAKE_DEVICE, NetworkCamera, VideoDevice
from tests.hardware.card_reader.ports import port_info, present_ports

__all__ = ["DEVICES", "Device"]


class StageDevice:
    """Base of the devices: the stage's camera process can be killed and stopped; the card reader has no faults."""

    stage: Stage

    def search(self, port: str) -> ReaderDiscovery:
        return ReaderDiscovery(port)

    def signal(self, number: int) -> None:
        signal_cameras(number)


KILLED: Final[Fault[StageDevice]] = Fault(
    "its process killed (kill -9)", lambda d: d.signal(signal.SIGKILL), None, "camera.crashed"
)
STOPPED: Final[Fault[StageDevice]] = Fault(
    "its process hangs (SIGSTOP)", lambda d: d.signal(signal.SIGSTOP), None, "camera.hung"
)


def _commands(*lines: str) -> Callable[[Dslr], None]:
    def send_fault(dslr: Dslr) -> None:
        for line in lines:
            dslr.body.send_command(line)

    return send_fault


class Dslr(StageDevice):
    """Real libgphoto2 on a simulated Nikon over PTP/IP."""

    name = "DSLR"

    def __init__(self, body: SimulatedDslr) -> None:
        self.body, self.other = body, SimulatedDslr(*BODY, "--serial", "0OTHER", port=body.port)
        self.spec = f"dslr:ptpip:127.0.0.1:{body.port}"

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Self]:
        with SimulatedDslr(*BODY, "--serial", "0OURS") as body:
            yield cls(body)

    def power_cut(self) -> None:
        self.body.kill()

    def swap(self) -> None:
        """Connect another station's camera to our cable."""
        self.body.kill()
        self.other.start()

    def swap_back(self) -> None:
        self.other.kill()
        self.body.start()

    faults: ClassVar[tuple[Fault[Dslr], ...]] = (
        Fault("cable pulled out", _commands("unplug"), _commands("plug"), "camera.absent"),
        Fault("cable bad: connection breaks once", _commands("drop"), None, "camera.lost"),
        Fault("switched off (power cut)", power_cut, lambda d: d.body.start(), "camera.absent"),
        Fault("in sleep mode", _commands("sleep"), _commands("wake"), "camera.lost"),
        Fault("another station's camera in its place", swap, swap_back, "camera.not_assigned"),
        Fault("no live view (battery warning)", _commands("prohibit"), _commands("prohibit 0"), "camera.battery_empty"),
        Fault("busy for a long time", _commands("fault busy 999"), _commands("heal"), "camera.slow", "shot"),
        Fault("cannot focus", _commands("fault out_of_focus 99"), _commands("heal"), "camera.out_of_focus", "shot"),
        Fault("card full", _commands("card full"), _commands("card 500"), "camera.card_full", "shot"),
        Fault("no card", _commands("card out"), _commands("card in"), "camera.no_card", "shot"),
        Fault("battery empty", _commands("battery 3"), _commands("battery 80"), "camera.battery_empty"),
        Fault(
            "no picture arrives (hang)",
            _commands("fault hang"),
            _commands("heal", "unplug", "plug"),
            "camera.hung",
            "shot",
        ),
        Fault(
            "cable pulled out in a transfer", _commands("fault cut 2000 9"), _commands("heal"), "camera.lost", "shot"
        ),
        Fault(
            "refuses, reason unknown", _commands("fault general_error 99"), _commands("heal"), "camera.refused", "shot"
        ),
        KILLED,
        STOPPED,
    )


BODY: Final = ("--lens", "card", "--size", "600x400", "--delay", "0.05")


class Webcam(StageDevice):
    """OpenCV on a V4L2 device that exists only for its process."""

    name, spec = "webcam USB", "webcam:name:Fake HD Webcam"

    def __init__(self, video: VideoDevice) -> None:
        self.video = video

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Self]:
        compiler = shutil.which("gcc")
        if compiler is None or not os.path.exists("/usr/include/linux/videodev2.h"):
            raise NotImplementedError("the fake video device requires Linux and a C compiler")
        before = dict(os.environ)
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "fake_video_device.so"
            subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, *FAKE_DEVICE, "-ldl"], check=True)
            video = VideoDevice(Path(folder), library)
            os.environ.update(video.environment)
            try:
                yield cls(video)
            finally:
                os.environ.clear()
                os.environ.update(before)

    faults: ClassVar[tuple[Fault[Webcam], ...]] = (
        Fault("pulled out", lambda d: d.video.unplug(), lambda d: d.video.plug(), "camera.absent"),
        Fault(
            "reconnected as another /dev/video", lambda d: d.video.unplug(), lambda d: d.video.plug(4), "camera.absent"
        ),
        Fault("freezes", lambda d: d.video.freeze(), lambda d: d.video.thaw(), "camera.hung"),
        KILLED,
        STOPPED,
    )


class Network(StageDevice):
    """OpenCV on Motion-JPEG over HTTP."""

    name = "webcam HTTP"

    def __init__(self, camera: NetworkCamera) -> None:
        self.camera, self.spec = camera, camera.spec

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Self]:
        camera = NetworkCamera()
        try:
            yield cls(camera)
        finally:
            camera.stop()

    faults: ClassVar[tuple[Fault[Network], ...]] = (
        Fault(
            "cable pulled out",
            lambda d: d.camera.send_command("unplug"),
            lambda d: d.camera.send_command("plug"),
            "camera.absent",
        ),
        Fault("freezes", lambda d: d.camera.send_command("freeze"), lambda d: d.thaw(), "camera.hung"),
        KILLED,
    )

    def thaw(self) -> None:
        """Switch the frozen camera off and on."""
        self.camera.send_command("unplug")
        self.camera.send_command("plug")


class Scripted(StageDevice):
    """The camera of the soak test, with faults inside the driver."""

    name, spec = "any camera", ""

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Self]:
        yield cls()

    def arm(self, fault: str) -> None:
        self.stage.studio.scene.arm(fault)

    faults: ClassVar[tuple[Fault[Scripted], ...]] = (
        Fault("driver crashes (SIGABRT)", lambda d: d.arm("frame crash"), None, "camera.crashed"),
        Fault("driver hangs in live view", lambda d: d.arm("frame hang"), None, "camera.hung"),
        Fault("driver crashes in a transfer", lambda d: d.arm("transfer crash"), None, "camera.crashed", "shot"),
        Fault("transfer hangs", lambda d: d.arm("transfer hang"), None, "camera.hung", "shot"),
    )


class Reader(StageDevice):
    """The SAM-V driver with a simulated reader that uses the real protocol over a pseudo-terminal."""

    name, spec = "card reader", ""

    @classmethod
    @contextmanager
    def ready(cls) -> Iterator[Self]:
        yield cls()

    def search(self, port: str) -> ReaderDiscovery:
        """Find the reader automatically at any port."""
        return ReaderDiscovery(ports=lambda: present_ports(port_info(self.stage.studio.reader.port)))

    def set_faults(self, faults: ReaderFaults) -> None:
        self.stage.studio.reader.set_faults(faults)

    def heal(self) -> None:
        self.set_faults(ReaderFaults())

    def unplug(self) -> None:
        self.stage.studio.reader.unplug()

    def plug(self, name: str = "reader") -> None:
        self.stage.studio.reader.plug(name)

    faults: ClassVar[tuple[Fault[Reader], ...]] = (
        Fault("pulled out", unplug, plug, "reader.not_found", "card"),
        Fault("reconnected at another port", unplug, lambda d: d.plug("reader7"), "reader.not_found", "card"),
        Fault("no response", lambda d: d.set_faults(ReaderFaults(silent=True)), heal, "reader.silent", "card"),
        Fault(
            "card removed during reading",
            lambda d: d.set_faults(ReaderFaults(card_leaves_at=Command.READ)),
            heal,
            "reader.card_moved",
            "card",
        ),
        Fault("half a response", lambda d: d.set_faults(ReaderFaults(cut_at=300)), heal, "reader.garbled", "card"),
    )


DEVICES: Final = (Dslr, Webcam, Network, Scripted, Reader)
