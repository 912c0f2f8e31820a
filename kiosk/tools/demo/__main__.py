"""The demo: a server, a paired station, a simulated studio and card reader, and one visit.

On a screen a person plays the student; without one the visit runs automatically and prints every step with its time.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from config.errors import Problem
from config.process_end import exit_process
from kiosk.station.single_instance import has_screen
from kiosk.tools.demo.server import start_server


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parse_arguments(argv)
    walks = arguments.walk or not has_screen()
    folder = arguments.data or Path(tempfile.mkdtemp(prefix="zhengguan-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO, filename=folder / "demo.log", format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    if walks and not has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # Qt prints a warning on machines without a login session
    print(f"正冠 Zhengguan: the demo keeps everything under {folder}", flush=True)
    try:
        server = start_server(
            folder / "server",
            arguments.port,
            arguments.host,
            lambda line: print(line, flush=True),
            payment_required="before_delivery",
        )
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"Server      {server.url}    (200 invented students; its log is {folder / 'server' / 'server.log'})")
    print(f"Review page {server.url}/review/    user {server.reviewer}    password {server.password}")
    print(f"At home     {server.home_page}    capture code and last four of {server.at_home}")
    print(f"SMS codes   {server.sms_codes}", flush=True)
    try:
        # Qt is imported here, because its platform is chosen above.
        from kiosk.tools.demo.visit import play, walk

        return walk(arguments, server, folder) if walks else play(arguments, server, folder)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        server.stop()


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("zhengguan demo", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder to use; default: a new one, printed at the start")
    parser.add_argument("--host", default="127.0.0.1", help="address of the demo server; this machine's own for phones")
    parser.add_argument("--port", type=int, default=0, help="port of the demo server; default: any free one")
    parser.add_argument("--camera", default="studio", help='"studio" (default), "folder:PATH", "webcam:0"')
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument(
        "--size", type=_parse_size, default=(1920, 1080), help="WIDTHxHEIGHT of the window of an automatic visit"
    )
    parser.add_argument("--walk", action="store_true", help="run the visit automatically although there is a screen")
    return parser.parse_args(argv)


def _parse_size(text: str) -> tuple[int, int]:
    width, height = (int(side) for side in text.split("x"))
    return width, height


if __name__ == "__main__":
    exit_process(main())
