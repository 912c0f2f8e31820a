"""`python -m hardware.cameras.ptpip`: one simulated camera. Says its port, then obeys lines on stdin until it ends."""

from __future__ import annotations

import argparse
import logging
import sys

from hardware.cameras.ptpip.body import Body, Pace
from hardware.cameras.ptpip.codes import Operation
from hardware.cameras.ptpip.control import Control, Unknown
from hardware.cameras.ptpip.datasets import Identity
from hardware.cameras.ptpip.lens import open_lens
from hardware.cameras.ptpip.server import STANDARD_ONLY, Server


def main() -> None:
    asked = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    lens = open_lens(asked.lens, asked.size)
    if asked.scene:
        lens.tell(f"scene {asked.scene}")
    identity = Identity(model=asked.model, serial=asked.serial, firmware=asked.firmware)
    body = Body(identity, lens, Pace(asked.delay, min(asked.delay, Pace.focus)))
    server = Server(body, asked.port, STANDARD_ONLY if asked.standard_only else frozenset(Operation))
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
    reader = argparse.ArgumentParser(prog="python -m hardware.cameras.ptpip", description=__doc__)
    reader.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0: any that is free")
    reader.add_argument("--lens", default="card", help="what it sees: card, studio, folder:PATH, or any other driver")
    reader.add_argument("--scene", default="", help="the scene to begin with, for a lens that has scenes")
    reader.add_argument("--size", type=_size, help="stills of this size, such as 6000x4000")
    reader.add_argument("--delay", type=float, default=Pace.capture, help="seconds from the order to the picture")
    reader.add_argument("--model", default=Identity.model)
    reader.add_argument("--serial", default=Identity.serial)
    reader.add_argument("--firmware", default=Identity.firmware)
    reader.add_argument("--standard-only", action="store_true", help="an old body: standard captures and events only")
    return reader.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
