"""Documents read by camera, and receipts printed after a visit: `python -m tests.bench.documents [PEOPLE]`.

Cards and passport pages of PEOPLE (20) invented people are drawn and photographed by software, each with one
disturbance of rising strength: glare over the number, a turn, blur, a small frame. Fonts are not those of real
documents, because none were available. Every row is printed when it is measured; all rows take some fifteen minutes on
two cores.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from PIL import Image

from config.arrays import Pixels
from config.document_reader.api import DocumentKind, DocumentProblem, DocumentReading
from config.document_reader.ocr import TextReader
from config.document_reader.reader import read_document
from config.id_number import make_number
from config.opencv import cv2
from config.settings.station import PrinterSettings, station_settings
from hardware.simulators.receipt_printer import SimulatedPrinter
from kiosk.visit.sitter import Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.workers.receipt_printing import ReceiptPrinting
from tests.config.document_reader.synthetic_documents import card, mrz_passport, passport, photograph

NAMES = (
    "林晚舟",
    "欧阳若曦",
    "王小明",
    "司马相宜",
    "张三",
    "李雷",
    "韩梅梅",
    "阿依古丽·麦麦提",
    "诸葛明月",
    "陈一",
    "周芷若",
    "赵敏之",
    "钱多多",
    "孙尚香",
    "吴桐",
    "郑和平",
    "冯唐",
    "褚遂良",
    "卫子夫",
    "上官婉儿",
)
ROMAN = ("LIN WANZHOU", "OUYANG RUOXI", "WANG XIAOMING", "SIMA XIANGYI", "ZHANG SAN")
NUMBER_AT: dict[DocumentKind, int] = {"id_card": 735, "passport": 590}  # rows of the unturned picture
RECEIPTS = 20


@dataclass(frozen=True)
class Disturbance:
    """A disturbance of the photograph: turn in degrees, glare in code values, blur and frame width in pixels."""

    name: str
    turn: float = 0.0
    glare: float = 0.0
    blur: float = 0.0
    width: int = 1280


DISTURBANCES = (
    Disturbance("well held"),
    *(Disturbance(f"glare {glare:g}", glare=glare) for glare in (120.0, 180.0, 240.0)),
    *(Disturbance(f"turned {turn:g} degrees", turn=turn) for turn in (5.0, 10.0, 20.0)),
    *(Disturbance(f"blur {blur:g} px", blur=blur) for blur in (2.0, 4.0, 6.0)),
    *(Disturbance(f"frame of {width} px", width=width) for width in (640, 480, 320)),
)


@dataclass
class Tally:
    """The results of one row. A `wrong` number differs but passed its check digit."""

    pictures: int = 0
    numbers: int = 0
    names: int = 0
    wrong: int = 0
    seconds: tuple[float, ...] = ()

    def format(self) -> str:
        share = [f"{100 * count / self.pictures:4.0f} %" for count in (self.numbers, self.names)]
        return f"{share[0]} {share[1]} {self.wrong:6}   {statistics.median(self.seconds):4.1f} {max(self.seconds):5.1f}"


def people(count: int) -> Iterator[tuple[str, str]]:
    for index in range(count):
        yield NAMES[index % len(NAMES)], make_number("990101", date(2001, 2, 3) + timedelta(days=37 * index), 7 * index)


def cards(count: int) -> Iterator[tuple[Image.Image, DocumentReading]]:
    for name, number in people(count):
        yield card(name, number), DocumentReading("id_card", number, name)


def passports(count: int) -> Iterator[tuple[Image.Image, DocumentReading]]:
    for index in range(count):
        number, name = f"E{99000123 + 7919 * index}", ROMAN[index % len(ROMAN)]
        surname, given = name.split()
        yield passport(mrz_passport(number, surname, given)), DocumentReading("passport", number, name)


def photograph_document(document: Image.Image, how: Disturbance, seed: int, number_at: int) -> Pixels:
    """Return the picture; glare covers the middle of the number, or of the passport's line with the number."""
    pixels = photograph(document, turn=how.turn, seed=seed)
    if how.glare:
        height, width = pixels.shape[:2]
        down, across = np.mgrid[0:height, 0:width]
        spot = how.glare * np.exp(-(((across - 760) / 130) ** 2 + ((down - number_at) / 60) ** 2))
        pixels = np.clip(pixels + spot[..., None], 0, 255).astype(np.uint8)
    if how.blur:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), how.blur), np.uint8)
    if how.width != pixels.shape[1]:
        size = (how.width, round(how.width * pixels.shape[0] / pixels.shape[1]))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def read_row(documents: Iterator[tuple[Image.Image, DocumentReading]], how: Disturbance, reader: TextReader) -> Tally:
    tally = Tally()
    for seed, (document, truth) in enumerate(documents):
        pixels = photograph_document(document, how, seed, NUMBER_AT[truth.kind])
        began = time.perf_counter()
        try:
            reading = read_document(pixels, reader.read)
        except DocumentProblem:
            reading = replace(truth, number="", name="")
        tally.seconds = (*tally.seconds, time.perf_counter() - began)
        tally.pictures += 1
        tally.numbers += reading.number == truth.number
        tally.names += reading.number == truth.number and reading.name == truth.name
        tally.wrong += reading.number not in ("", truth.number)
    return tally


def measure_reading(count: int) -> None:
    reader = TextReader()
    began = time.perf_counter()
    reader.read(np.full((64, 64, 3), 128, np.uint8))
    print(f"loading the text recognition: {time.perf_counter() - began:.1f} s, once")
    kinds: tuple[tuple[str, Callable[[int], Iterator[tuple[Image.Image, DocumentReading]]]], ...] = (
        ("card", cards),
        ("passport", passports),
    )
    print(f"{'of ' + str(count) + ' each':<32} number   name  wrong   s median, worst")
    for kind, draw in kinds:
        for how in DISTURBANCES:
            print(f"{kind + ', ' + how.name:<32} {read_row(draw(count), how, reader).format()}", flush=True)


def measure_receipts() -> None:
    """Print the time from the last step of a visit to the cut of the paper, and how long the visit is blocked."""
    sitter = Sitter("s", "c", "王*明", "0121", "https://photos.example.edu/p/6d1f0a2b9c8e7d6f5a4b")
    took, blocked = [], []
    with SimulatedPrinter() as printer:
        arguments = PrinterSettings(driver=f"escpos:network:127.0.0.1:{printer.port}", width=576)
        receipts = ReceiptPrinting(arguments, station_settings().station, lambda *note: None, lambda: datetime.now(UTC))
        receipts.start()
        for count in range(1, RECEIPTS + 1):
            began = time.perf_counter()
            receipts.on_state(VisitState(Step.DONE, sitter=sitter))
            blocked.append(time.perf_counter() - began)
            assert len(printer.wait_for_receipts(count, 60)) == count
            took.append(time.perf_counter() - began)
            receipts.on_state(VisitState())
        receipts.stop()
    print(
        f"accept to paper ({RECEIPTS} receipts, simulated printer over TCP): median {statistics.median(took):.2f} s,"
        f" worst {max(took):.2f} s; the visit is blocked for {1000 * max(blocked):.1f} ms at most"
    )


def measure_wakeup_delay(work: Callable[[], object]) -> None:
    """Measure how late another thread, such as the live view's, wakes while a picture is read."""
    delays, done = list[float](), threading.Event()

    def tick() -> None:
        while not done.is_set():
            began = time.perf_counter()
            done.wait(0.016)
            delays.append(time.perf_counter() - began - 0.016)

    thread = threading.Thread(target=tick)
    thread.start()
    work()
    done.set()
    thread.join()
    cuts = statistics.quantiles(delays[:-1], n=100)
    print(f"a thread of the same process wakes late by {1000 * cuts[49]:.0f} ms (median), {1000 * cuts[98]:.0f} (p99)")


def main() -> None:
    measure_receipts()
    reader = TextReader()
    picture = photograph_document(card(), DISTURBANCES[0], 0, NUMBER_AT["id_card"])
    reader.read(picture)
    measure_wakeup_delay(lambda: [read_document(picture, reader.read) for _ in range(3)])
    measure_reading(int(sys.argv[1]) if len(sys.argv) > 1 else 20)


if __name__ == "__main__":
    main()
