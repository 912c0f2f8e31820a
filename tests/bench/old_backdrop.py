"""Old backdrop that remains beside the head: `python -m tests.bench.old_backdrop [--photos FOLDER]`.

The current engine and method 2 of earlier recipes make a portrait of each studio photograph, without and, if one is
installed, with the portrait network. The figure is the metric `old_backdrop` of the written file: px of a portrait
640 px high.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.matte import MatteSettings
from kiosk.capture.matting.onnx_network import PortraitNetwork, installed_network
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.verdict import Outcome
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files

NOW = MatteSettings()
METHODS = {"method 2": replace(NOW, trimap=replace(NOW.trimap, gaps=None)), "now": NOW}


def remains(engine: PhotoEngine, photos: list[Path]) -> Iterator[tuple[str, float | None, Outcome | None]]:
    """Yield name, area and outcome of each photograph; None where there is no portrait or no plain backdrop."""
    for photo in photos:
        try:
            verdicts = engine.make_and_verify(photo.read_bytes(), load_standard("chsi"), {"bench": True}).verdicts
        except PhotoProblem:
            yield photo.stem, None, None
            continue
        verdict = next((verdict for verdict in verdicts if verdict.rule == "old_backdrop"), None)
        yield photo.stem, verdict and verdict.value, verdict and verdict.outcome


def print_row(title: str, rows: list[tuple[str, float | None, Outcome | None]]) -> None:
    areas = [area for _, area, _ in rows if area is not None]
    failed = [f"{name} {area:.0f}" for name, area, outcome in rows if outcome is Outcome.FAIL and area is not None]
    unsure = sum(outcome is Outcome.UNSURE for _, _, outcome in rows)
    median = f"median {np.median(areas):4.0f} px" if areas else "nothing measured"
    counts = f"n {len(areas)} of {len(rows)}   {median}   unsure {unsure}   fail {len(failed)}"
    print(f"{title:28s} {counts} {', '.join(failed)}")


def main() -> int:
    parser = argparse.ArgumentParser(description="old backdrop that remains beside the head")
    parser.add_argument("--photos", type=Path, default=photo_folder() / "studio")
    photos = picture_files(parser.parse_args().photos, (".jpg",))
    if not photos:
        print("no photographs: give a folder of them with --photos", file=sys.stderr)
        return 1
    print(machine())
    network = installed_network()
    networks: dict[str, PortraitNetwork | None] = {"without a network": None}
    networks |= {f"with {network.name}": network} if network else {}
    for title, one in networks.items():
        for method, settings in METHODS.items():
            engine = PhotoEngine(settings, one)
            print_row(f"{title}, {method}", list(remains(engine, photos)))
            engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
