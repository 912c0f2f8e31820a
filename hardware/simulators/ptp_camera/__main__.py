"""`python -m hardware.simulators.ptp_camera`: one simulated camera. Prints its port, then obeys lines on stdin."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Final

from hardware.simulators.ptp_camera.body import Body, Pace
from hardware.simulators.ptp_camera.control import Control, Unknown
from hardware.simulators.ptp_camera.datasets import Identity
from hardware.simulators.ptp_camera.dialects import Nikon, OldNikon, Speak
from hardware.simulators.ptp_camera.eos import Eos
from hardware.simulators.ptp_camera.lens import open_lens
from hardware.simulators.ptp_camera.server import Server

DIALECTS: Final[dict[str, Speak]] = {"nikon": Nikon, "old-nikon": OldNikon, "eos": Eos}


def main() -> None:
    asked = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    lens = open_lens(asked.lens, asked.size)
    if asked.scene:
        lens.tell(f"scene {asked.scene}")
    identity = Identity(model=asked.model, serial=asked.serial, firmware=asked.firmware)
    body = Body(identity, lens, Pace(asked.delay, min(asked.delay, Pace.focus)))
    server = Server(body, asked.port, DIALECTS[asked.dialect])
    server.plug()
    _say(str(server.port))
    control = Control(server)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        if line.strip():
            try:
                _say(control.obey(line))
            except Unknown as unknown:
                _say(f"no: {unknown}")
    server.unplug()


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m hardware.simulators.ptp_camera", description=__doc__)
    reader.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0: any that is free")
    reader.add_argument("--lens", default="card", help="what it sees: card, studio, folder:PATH, or any other driver")
    reader.add_argument("--scene", default="", help="the scene to begin with, for a lens that has scenes")
    reader.add_argument("--size", type=_size, help="stills of this size, such as 6000x4000")
    reader.add_argument("--delay", type=float, default=Pace.capture, help="seconds from the order to the picture")
    reader.add_argument("--model", default=Identity.model)
    reader.add_argument("--serial", default=Identity.serial)
    reader.add_argument("--firmware", default=Identity.firmware)
    reader.add_argument("--dialect", choices=DIALECTS, default="nikon", help="old-nikon: standard captures only")
    reader.add_argument("--standard-only", dest="dialect", action="store_const", const="old-nikon", help="the same")
    return reader.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
