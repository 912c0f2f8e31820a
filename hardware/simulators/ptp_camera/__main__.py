"""`python -m hardware.simulators.ptp_camera`: one simulated camera. It prints its port, then executes lines from
stdin."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Final

from hardware.simulators.ptp_camera.body import Body, CameraDelays
from hardware.simulators.ptp_camera.datasets import Identity
from hardware.simulators.ptp_camera.dialects import DialectFactory, Nikon, OldNikon
from hardware.simulators.ptp_camera.eos import Eos
from hardware.simulators.ptp_camera.image_source import open_image_source
from hardware.simulators.ptp_camera.server import Server
from hardware.simulators.ptp_camera.tester_console import TesterConsole, UnknownLine

DIALECTS: Final[dict[str, DialectFactory]] = {"nikon": Nikon, "old-nikon": OldNikon, "eos": Eos}


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    lens = open_image_source(arguments.lens, arguments.size)
    if arguments.scene:
        lens.send_command(f"scene {arguments.scene}")
    identity = Identity(model=arguments.model, serial=arguments.serial, firmware=arguments.firmware)
    body = Body(identity, lens, CameraDelays(arguments.delay, min(arguments.delay, CameraDelays.focus)))
    server = Server(body, arguments.port, DIALECTS[arguments.dialect])
    server.plug()
    _print_line(str(server.port))
    control = TesterConsole(server)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        if line.strip():
            try:
                _print_line(control.execute(line))
            except UnknownLine as unknown:
                _print_line(f"no: {unknown}")
    server.unplug()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hardware.simulators.ptp_camera", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0: any that is free")
    parser.add_argument(
        "--lens", default="card", help="the image source: card, studio, folder:PATH, or any other driver"
    )
    parser.add_argument("--scene", default="", help="the first scene, for an image source with scenes")
    parser.add_argument("--size", type=_size, help="stills of this size, such as 6000x4000")
    parser.add_argument(
        "--delay", type=float, default=CameraDelays.capture, help="seconds from the request to the picture"
    )
    parser.add_argument("--model", default=Identity.model)
    parser.add_argument("--serial", default=Identity.serial)
    parser.add_argument("--firmware", default=Identity.firmware)
    parser.add_argument("--dialect", choices=DIALECTS, default="nikon", help="old-nikon: standard captures only")
    parser.add_argument(
        "--standard-only", dest="dialect", action="store_const", const="old-nikon", help="as --dialect old-nikon"
    )
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
