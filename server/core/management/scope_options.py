"""The options that name campaigns."""

from __future__ import annotations

import argparse


def add_scope_options(parser: argparse.ArgumentParser, who: str) -> None:
    """Add --campaign, --school and --all; the default is the server's only school."""
    several = "may be given several times"
    parser.add_argument(
        "--campaign", action="append", default=[], metavar="CODE", help=f"{who} this collection; {several}"
    )
    parser.add_argument(
        "--school", action="append", default=[], metavar="CODE", help=f"{who} all collections of this school; {several}"
    )
    parser.add_argument("--all", action="store_true", help=f"{who} the collections of all schools")
