"""Options of the simulator's command: the server's own command line shows them too, without loading the simulator."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help="its keys and trades; created when needed")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; this machine's own for phones")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--speed", type=float, default=1.0, help="the factor by which repetitions come faster")
    parser.add_argument("--until-eof", action="store_true", help="end when the standard input ends")
