"""The figures of the page's live guidance: `python -m tests.bench.browser_guidance [--every N] [FOLDER]`.

- agreement with `kiosk.guidance`: every rule on labelled pictures of FOLDER (ZHENGGUAN_PHOTOS, ../shared/photos), every
  Nth change of every sitter (16: some 140 pictures); with Python's mesh and mask the differences of each metric
- milliseconds of each group of metrics (V8 in Node), bytes of the page
- frames a second and the time to the first hint on a fake camera, for some connection speeds
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import django
import numpy as np
from playwright.sync_api import Browser, Page

from config.standards.registry import load_standard
from hardware.simulators.studio_camera.scene import Scene
from kiosk.guidance.detection.landmarks import FaceFinder
from server.remote.guide_document import measured_rules
from server.remote.page_assets import FOLDER, LIVE_GUIDANCE, asset_path
from tests.bench.browser_agreement import agreement, difference, formulas, in_browser, mesh_distances, table
from tests.bench.browser_pictures import Frame, frames
from tests.bench.labelled_pictures import Shard, labelled_pictures
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder
from tests.browser import PHONE, chromium_running, new_page, wait_for_script
from tests.server.remote.fake_camera import camera_arguments, studio_frame, write_camera
from tests.server.remote.page_server import STUDENT, PageServer

OVER_TIME: Final = {"movement", "eye_openness", "brow_raise"}
CONNECTIONS: Final = {
    "10 / 2 Mbit/s, 50 ms": (10_000, 2000, 50),
    "2 / 0.5 Mbit/s, 150 ms": (2000, 500, 150),
    "0.4 / 0.4 Mbit/s, 300 ms": (400, 400, 300),
}
"""kbit/s down and up, and the delay in milliseconds."""
_FRAMES: Final = 12


def main() -> None:
    parser = argparse.ArgumentParser(description="The figures of the page's live guidance.")
    parser.add_argument("--every", type=int, default=16, metavar="N", help="render every Nth change (16)")
    parser.add_argument("folder", nargs="?", type=Path, default=None)
    options = parser.parse_args()
    print(machine())
    for line in sizes():
        print(line)
    pictures = list(_pictures(options.folder or photo_folder(), options.every))
    with tempfile.TemporaryDirectory() as folder, chromium_running() as browser:
        _agreement(pictures, browser, Path(folder))
    _stream()


def sizes() -> Iterator[str]:
    """Yield the bytes that live guidance loads, compressed (brotli) and unpacked."""
    loaded = [name for name in (*LIVE_GUIDANCE, "guide.js", "guide.css") if "nosimd" not in name]
    paths = [FOLDER.parent / asset_path(name) for name in loaded]
    packed = sum(path.with_name(path.name + ".br").stat().st_size for path in paths)
    unpacked = sum(path.stat().st_size for path in paths)
    yield f"live guidance: {packed / 1e6:.2f} MB by brotli, {unpacked / 1e6:.2f} MB unpacked"
    for name, path in zip(loaded, paths, strict=True):
        yield f"  {path.with_name(path.name + '.br').stat().st_size / 1e3:9.1f} kB  {name}"


def _pictures(folder: Path, every: int) -> Iterator[Frame]:
    finder = FaceFinder(still=True)
    yield from frames((one.name, one.pixels) for one in labelled_pictures(folder, finder, Shard(0, 1, every)))
    finder.close()


def _agreement(pictures: Sequence[Frame], browser: Browser, folder: Path) -> None:
    rules = {n: rule for n, rule in measured_rules(load_standard("chsi")).items() if rule.metric not in OVER_TIME}
    with_face = [frame for frame in pictures if frame.detections.faces][::2]
    readings, milliseconds = formulas(with_face, folder)
    print(f"\nwith the mesh and mask of Python, {len(with_face)} pictures: median, 95 %, largest difference")
    for name in sorted({rule.metric for rule in rules.values()}):
        away = [difference(by_page, frame, name) for by_page, frame in zip(readings, with_face, strict=True)]
        known = [value for value in away if value is not None]
        if known:
            print(f"  {name:20} {np.median(known):9.5f} {np.percentile(known, 95):9.5f} {max(known):9.5f}")
    print("\nmilliseconds of each group in V8: " + ", ".join(f"{k} {v:.1f}" for k, v in milliseconds.items()))
    server = PageServer()
    server.state.folder = folder
    page = new_page(browser, base_url=server.url)
    page.set_default_timeout(0)
    page.goto(f"{STUDENT}/camera/")
    results = in_browser(page, pictures, rules, folder)
    server.stop()
    print(f"\nwith the networks of the browser, {len(pictures)} pictures")
    for line in table(agreement(pictures, results, rules), rules):
        print(line)
    away = mesh_distances(pictures, results)
    print(f"mesh: {np.median(away):.4f} face widths apart (median), {np.percentile(away, 95):.4f} (95 %)")


def _stream() -> None:
    with tempfile.TemporaryDirectory() as folder:
        camera = Path(folder) / "camera.y4m"
        write_camera(camera, [(studio_frame(Scene(y=0.42)), 8)])
        server = PageServer()
        print("\non a fake camera of 1440 x 1920: seconds to the first hint, then frames a second")
        for name, connection in CONNECTIONS.items():
            first, pace = _first_hint(server, camera, connection)
            print(f"  {name:24} {first:6.1f} s {pace:6.2f} /s")
        server.stop()


def _first_hint(server: PageServer, camera: Path, connection: tuple[int, int, int]) -> tuple[float, float]:
    with chromium_running(camera_arguments(camera)) as browser:
        page = new_page(browser, viewport=PHONE, base_url=server.url, permissions=["camera"])
        page.set_default_timeout(0)
        _emulate(page, connection)
        page.goto(f"{STUDENT}/camera/")
        began = time.monotonic()
        page.click("#guide button.main")
        wait_for_script(page, "Boolean(document.getElementById('guide').dataset.hint)", 600)
        first = time.monotonic() - began
        times = []
        for _ in range(_FRAMES):
            times.append(float(page.evaluate("document.getElementById('guide').dataset.milliseconds")))
            page.wait_for_timeout(times[-1])
        page.context.close()
    return first, 1000 / float(np.median(times))


def _emulate(page: Page, connection: tuple[int, int, int]) -> None:
    down, up, delay = connection
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    settings = {"offline": False, "latency": delay, "downloadThroughput": down * 125, "uploadThroughput": up * 125}
    session.send("Network.emulateNetworkConditions", settings)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
    os.environ.setdefault("ZHENGGUAN_SERVER_DATA", tempfile.mkdtemp(prefix="zhengguan-bench-"))
    django.setup()
    main()
