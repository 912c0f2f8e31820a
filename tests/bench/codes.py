"""Codes in live frames: reading rate, time of a scan, effect on the live view, and time from card or code to student.

Run: python -m tests.bench.codes
"""

from __future__ import annotations

import itertools
import queue
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from config.arrays import Pixels
from config.id_number import make_number
from config.local_codes import local_code
from config.opencv import cv2
from hardware.barcodes.camera_scanner import CameraScanner
from hardware.barcodes.decoder import LiveDecoder
from hardware.cameras.api import Frame
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.poller import CardPoller
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.identification.code_lookup import CodeLookup
from kiosk.identification.local_codes import LocalCodeResolver
from kiosk.upload.encryption import FileCipher
from kiosk.upload.number_hashing import student_no_hash
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import RosterPayload
from tests.factories import make_campaign, make_roster, make_student
from tests.hardware.barcodes.synthetic_codes import Conditions, barcode, empty_frame, payload, photograph_code, qr

SIZES = ((640, 480), (1280, 720))
REPEATS = 12
PAYLOAD_LENGTH = 160  # characters; assumed for a sealed code, 49 modules
STUDENTS = 20_000
KEY = "5a" * 32
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CONDITIONS = {
    "held well": Conditions(),
    "small (130 px)": Conditions(side=130),
    "smaller (100 px)": Conditions(side=100),
    "in perspective and turned": Conditions(tilt=0.35, turn=25),
    "out of focus (sigma 2)": Conditions(blur=2.0),
    "out of focus (sigma 3)": Conditions(blur=3.0),
    "dark mode": Conditions(dark_mode=True),
    "mirrored": Conditions(mirrored=True),
    "reflection, a tenth of it": Conditions(glare=0.10),
    "reflection, a fifth of it": Conditions(glare=0.20),
    "hardly any light": Conditions(light=0.10),
    "too bright a screen": Conditions(light=2.0),
    "away from the middle": Conditions(aside=(0.25, 0.0)),
}


def main() -> int:
    for size in SIZES:
        _decoding(size)
    for size in SIZES:
        _time_decoder(size)
    _measure_live_view()
    _measure_identification()
    return 0


# ------------------------------------------------------------------ reading rate


def _decoding(size: tuple[int, int]) -> None:
    width, height = size
    print(f"\nread, of {REPEATS} codes each, {width} x {height}   {'first scan':>12s} {'one round':>12s}")
    total = [0, 0]
    for name, how in CONDITIONS.items():
        first = both = 0
        for seed in range(REPEATS):
            text = payload(PAYLOAD_LENGTH, seed)
            frame = photograph_code(qr(text), replace(how, size=size), seed)
            decoder = LiveDecoder()
            is_read = [any(read.payload == text for read in decoder.decode(frame)) for _ in range(LiveDecoder.ROUND)]
            first, both = first + is_read[0], both + any(is_read)
        total = [total[0] + first, total[1] + both]
        print(f"  QR {name:34s} {first:12d} {both:12d}")
    for kind in ("Code128", "Code39"):
        count = sum(_is_barcode_read(kind, size, seed) for seed in range(REPEATS))
        print(f"  {kind} on a student card{'':{16 - len(kind)}s} {'':12s} {count:19d}")
    print(f"  QR in all {'':27s} {total[0]:12d} {total[1]:12d}  of {REPEATS * len(CONDITIONS)}")


def _is_barcode_read(kind: str, size: tuple[int, int], seed: int) -> bool:
    text = f"2022S{seed:04d}"
    frame = photograph_code(barcode(text, kind), Conditions(side=400, size=size, turn=seed - 6), seed)
    decoder = LiveDecoder()
    return any(read.payload == text for _ in range(LiveDecoder.ROUND) for read in decoder.decode(frame))


def _time_decoder(size: tuple[int, int]) -> None:
    text = payload(PAYLOAD_LENGTH)
    for name, frame in (("a code", photograph_code(qr(text), Conditions(size=size))), ("no code", empty_frame(size))):
        decoder = LiveDecoder()
        spent = [_time(lambda: decoder.decode(frame)) for _ in range(20 * LiveDecoder.ROUND)]  # noqa: B023
        plain, sharp, closer = (
            1e3 * statistics.median(spent[start :: LiveDecoder.ROUND]) for start in range(LiveDecoder.ROUND)
        )
        each = f"as it is {plain:.1f} ms, sharpened {sharp:.1f} ms, middle enlarged {closer:.1f} ms"
        print(f"a scan of {size[0]} x {size[1]} with {name}: {each}")


# ------------------------------------------------------------------ live view


class _Camera:
    """A camera of thirty frames a second, whose frames are converted as for the live view."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._frame: Frame | None = None
        self._stopped = threading.Event()
        self.late: list[float] = []

    def newest(self, after: int) -> Frame | None:
        frame = self._frame
        return frame if frame is not None and frame.number > after else None

    def run(self, seconds: float) -> tuple[float, float]:
        """Return the frames shown a second, and the 95th percentile in ms of the time from a frame to its display."""
        begin, shown, waits = time.monotonic(), 0, []
        for number in itertools.count():
            due = begin + number / 30
            time.sleep(max(0.0, due - time.monotonic()))
            if due - begin > seconds:
                break
            self._frame = Frame(self._pixels.copy(), number, due)
            cv2.cvtColor(self._frame.pixels, cv2.COLOR_RGB2BGRA)
            waits.append(time.monotonic() - due)
            shown += 1
        return shown / (time.monotonic() - begin), 1e3 * statistics.quantiles(waits, n=20)[-1]


def _measure_live_view() -> None:
    frame = photograph_code(qr(payload(PAYLOAD_LENGTH)), Conditions(size=(1280, 720)))
    for name, is_scanning in (("no scans", False), ("8 scans a second", True)):
        camera = _Camera(frame)
        scanner = CameraScanner(camera.newest, lambda scan: None)
        scanner.start()
        if is_scanning:
            scanner.resume()
        fps, late = camera.run(5.0)
        scanner.stop()
        print(f"live view at 1280 x 720, {name}: {fps:.1f} frames a second, shown within {late:.1f} ms (95 %)")


# ------------------------------------------------------------------ identification


def _measure_identification() -> None:
    with tempfile.TemporaryDirectory() as folder:
        roster = Roster(Path(folder) / "roster", FileCipher(bytes(32)), KEY)
        roster.replace(_roster())
        cards = [_by_card(roster, index) for index in range(0, 2000, 100)]
        codes = [_by_code(roster, index) for index in range(0, 2000, 100)]
    for name, spent in (("card placed", cards), ("code shown", codes)):
        ms = sorted(1e3 * one for one in spent)
        print(f"{name} to student found, {STUDENTS} in roster: median {ms[len(ms) // 2]:.0f} ms, worst {ms[-1]:.0f} ms")
    print("  (the simulated reader responds immediately; a real card and reader need about a second)")


def _by_card(roster: Roster, index: int) -> float:
    done: queue.Queue[float] = queue.Queue()

    def find_student(number: str) -> None:
        roster.find(number, NOW)
        done.put(time.monotonic())

    with SimulatedCardReader() as reader:
        discovery = ReaderDiscovery(reader.port)
        opened = threading.Event()
        poller = CardPoller(
            discovery.lazy_reader, lambda card: find_student(card.number), lambda problem: opened.set()
        ).start()
        opened.wait(0.7)  # the card is placed at any time between two polls, as by a real student
        began = time.monotonic()
        reader.place_card("王小明", _number(index))
        spent = done.get(timeout=10) - began
        poller.stop()
    return spent


def _by_code(roster: Roster, index: int) -> float:
    codes = CodeLookup(roster, (LocalCodeResolver(roster, KEY),))
    text = local_code(KEY, "c1", f"S{index}")
    frame = photograph_code(qr(text), Conditions(size=(1280, 720)))
    with _code_scanner(codes) as (show, done):
        began = time.monotonic()
        show(frame)
        return done.get(timeout=10) - began


@contextmanager
def _code_scanner(codes: CodeLookup) -> Iterator[tuple[Callable[[Pixels], None], queue.Queue[float]]]:
    done: queue.Queue[float] = queue.Queue()
    numbers = itertools.count()
    shown = [empty_frame((1280, 720))]

    def find_student(code: str) -> None:
        codes.find(code, NOW)
        done.put(time.monotonic())

    scanner = CameraScanner(lambda after: Frame(shown[0], next(numbers), 0.0), lambda scan: find_student(scan.payload))
    scanner.start()
    scanner.resume()
    time.sleep(0.4)

    def show(pixels: Pixels) -> None:
        shown[0] = pixels

    yield show, done
    scanner.stop()


def _number(index: int) -> str:
    return make_number("990101", date(2000, 1, 1) + timedelta(days=index // 1000), index % 1000)


def _roster() -> RosterPayload:
    students = (
        make_student(
            _number(index), campaign="c1", key=KEY, id=f"s{index}", student_no_hash=student_no_hash(KEY, f"S{index}")
        )
        for index in range(STUDENTS)
    )
    return make_roster([make_campaign("c1", now=NOW)], students, now=NOW)


def _time(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
