"""Cost of whole portraits of the same pictures by this engine, another checkout and HivisionIDPhotos, in turns.

    python -m tests.bench.hivision [PICTURE...] [--runs 9] [--tree DIR] [--hivision FOLDER]

Each runs in a separate warm process: from the bytes of a file to the bytes of a JPEG, ours with all verdicts.
HivisionIDPhotos is included if its package `hivision` is installed or found in a FOLDER, such as a checkout; a second
FOLDER may contain the packages that it imports (mtcnn-runtime, gradio). Without the weights of its own MODNet it runs
with those of the installed one, a network of the same layers. Its steps are those of its inference.py: idphoto at
640 x 480, then add_background. Prints seconds by the clock and of a processor (minimum and median), the peak memory of
each process, and the ratios of the medians to those of HivisionIDPhotos.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from config.opencv import cv2
from config.settings.matting_models import models_folder
from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.onnx_network import installed_network
from kiosk.capture.types import PhotoProblem
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files
from tests.paths import ROOT

Make = Callable[[Path], None]
HIVISION_MISSING = "HivisionIDPhotos is not installed (no package `hivision`), so it is not compared."
BLUE_BGR = (255, 197, 100)


def engine(with_network: bool) -> Make:
    photo_engine = PhotoEngine(network=installed_network() if with_network else None)
    standard = load_standard("chsi")

    def make(picture: Path) -> None:
        photo_engine.make_and_verify(picture.read_bytes(), standard, {})

    return make


def hivision() -> Make:
    from hivision import IDCreator  # type: ignore[import-not-found]
    from hivision.creator import human_matting  # type: ignore[import-not-found]
    from hivision.utils import add_background  # type: ignore[import-not-found]

    if not Path(human_matting.WEIGHTS["hivision_modnet"]).is_file():
        human_matting.WEIGHTS["hivision_modnet"] = str(models_folder() / "modnet.onnx")
    creator = IDCreator()
    creator.matting_handler = human_matting.extract_human

    def make(picture: Path) -> None:
        result = creator(cv2.imread(str(picture)), size=(640, 480))
        cv2.imencode(".jpg", add_background(result.standard, bgr=BLUE_BGR).astype("uint8"))

    return make


HIVISION = "hivision"
MAKERS: dict[str, Callable[[], Make]] = {
    "engine": lambda: engine(False),
    "engine with network": lambda: engine(True),
    HIVISION: hivision,
}


def serve(name: str) -> None:
    """Make the portrait of each picture named on a line of the input; print its costs as JSON."""
    make = MAKERS[name]()
    for line in sys.stdin:
        clock, processor = time.perf_counter(), time.process_time()
        refused = ""
        try:
            make(Path(line.rstrip("\n")))
        except PhotoProblem as problem:
            refused = problem.key
        costs = {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}
        peak = next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
        print("\n" + json.dumps({**costs, "refused": refused, "peak": int(peak.split()[1]) / 1024}), flush=True)


@dataclass
class Contestant:
    """A warm process, and the costs of its runs."""

    title: str
    process: subprocess.Popen[str]
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: float = 0.0

    @classmethod
    def start(cls, name: str, tree: Path, packages: Iterable[Path] = ()) -> Contestant:
        script = Path(__file__).resolve()
        command = [sys.executable, "-c", f"import runpy; runpy.run_path({str(script)!r})['serve']({name!r})"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [tree, *packages]))}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=tree, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        return cls(f"{name}, {tree.name}", process)

    def run(self, picture: Path, counts: bool) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{picture}\n")
        self.process.stdin.flush()
        line = next((line for line in self.process.stdout if line.startswith('{"clock"')), None)
        if line is None:
            raise SystemExit(f"{self.title} ended with code {self.process.wait()}")
        costs = json.loads(line)
        self.peak = costs["peak"]
        if costs["refused"]:
            print(f"{self.title}: {picture.name} is refused ({costs['refused']})")
        elif counts:
            self.clock.append(costs["clock"])
            self.processor.append(costs["processor"])

    def report(self) -> None:
        if not self.clock:
            print(f"{self.title:32s} made no portrait")
            return
        print(
            f"{self.title:32s} clock minimum {min(self.clock):.3f}  median {statistics.median(self.clock):.3f} s",
            end="",
        )
        print(
            f"   processor minimum {min(self.processor):.3f}  median {statistics.median(self.processor):.3f} s", end=""
        )
        print(f"   peak {self.peak:.0f} MB   n = {len(self.clock)}")

    def report_ratio(self, other: Contestant) -> None:
        if self.clock and other.clock:
            clock = statistics.median(self.clock) / statistics.median(other.clock)
            processor = statistics.median(self.processor) / statistics.median(other.processor)
            print(
                f"{self.title:32s} {clock:.2f} of the clock time and {processor:.2f} of the processor time of hivision"
            )


def contestants(trees: list[Path], packages: list[Path]) -> list[Contestant]:
    names = ["engine", *(["engine with network"] if installed_network() is not None else [])]
    started = [Contestant.start(name, tree) for tree in trees for name in names]
    if packages or importlib.util.find_spec("hivision") is not None:
        return [*started, Contestant.start(HIVISION, ROOT, packages)]
    print(HIVISION_MISSING)
    return started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="*")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    parser.add_argument("--hivision", type=Path, action="append", default=[], help="a checkout of HivisionIDPhotos")
    arguments = parser.parse_args()
    folder = photo_folder() / "studio"
    pictures = [picture.resolve() for picture in arguments.pictures] or picture_files(folder, (".jpg",))
    if not pictures:
        print(f"no pictures: give their paths, or put them into {folder}")
        return
    trees, packages = (
        [*(tree.resolve() for tree in arguments.tree), ROOT],
        [one.resolve() for one in arguments.hivision],
    )
    started = contestants(trees, packages)
    for turn in range(arguments.runs + 1):
        for picture in pictures:
            for one in started:
                one.run(picture, counts=turn > 0)  # the first turn fills the caches
    print(f"{len(pictures)} pictures, {arguments.runs} runs, in turns; {machine()}, load {os.getloadavg()[0]:.1f}")
    for one in started:
        one.report()
        if one is not started[-1] and started[-1].title.startswith(HIVISION):
            one.report_ratio(started[-1])
        one.process.kill()


if __name__ == "__main__":
    main()
