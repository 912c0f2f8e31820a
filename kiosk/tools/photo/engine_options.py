"""The common options of the commands that make portraits: standard, portrait network, number of processes, SIGTERM."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from config.errors import Problem
from config.settings.matting_models import known_networks, models_folder
from config.standards.registry import PhotoStandard, load_standard

_MAX_WORKERS: Final = 4  # each takes 0.6 GB and more


def add_engine_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--standard", default="chsi", metavar="NAME|FILE", help="command.make.standard")
    parser.add_argument("--background", metavar="NAME", help="command.make.background")
    parser.add_argument("--without-network", action="store_true", help="command.make.without_network")
    parser.add_argument("--jobs", type=int, metavar="N", help="command.make.jobs")


def chosen_standard(name: str, background: str | None) -> PhotoStandard:
    """Return the standard with that name or in that file, with the requested background."""
    standard = load_standard(name)
    return standard.with_background(background) if background else standard


def has_network() -> bool:
    """Return whether a portrait network is installed. Raises Problem if it cannot be used, before the first shot."""
    folder = models_folder()
    if not any(os.path.isfile(folder / network.file) for network in known_networks()):
        return False
    from kiosk.capture.matting.onnx_network import installed_network  # libraries that only a network needs

    return installed_network() is not None


def worker_count(requested: int | None, shots: int) -> int:
    """Return how many worker processes make the portraits. Raises Problem for a number below 1."""
    if requested is not None and requested < 1:
        raise Problem("command.jobs", jobs=requested)
    return min(requested or min(os.cpu_count() or 1, _MAX_WORKERS), shots)


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the block like Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
