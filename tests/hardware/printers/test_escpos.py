"""The contract of a printer and its faults, over the network and on a device file, at one that draws its paper."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from hardware.printers import escpos_printer
from hardware.printers.drivers import open_printer
from hardware.printers.printer import BEFORE_PAPER, Printer, PrinterProblem
from hardware.printers.simulated_printer import PrinterFaults, SimulatedPrinter
from tests.hardware.printers.pages import page, same


@pytest.fixture
def device() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as simulated:
        yield simulated


@pytest.fixture(params=["network", "file"])
def printer(request: pytest.FixtureRequest, device: SimulatedPrinter) -> Printer:
    where = f"network:127.0.0.1:{device.port}" if request.param == "network" else f"file:{device.path}"
    return open_printer(f"escpos:{where}", 384)


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(PrinterProblem) as caught:
        call()
    assert caught.value.in_words("zh_CN") != caught.value.key
    return caught.value.reason


def test_a_page_comes_out_dot_by_dot_and_is_cut(printer: Printer, device: SimulatedPrinter) -> None:
    wanted = page()
    printer.print(wanted)
    printed = device.printed(1)
    assert device.unknown == ""
    assert same(printed[0], wanted)


def test_two_pages_are_two_receipts(printer: Printer, device: SimulatedPrinter) -> None:
    pages = [page(seed=1), page(seed=2)]
    for one in pages:
        printer.print(one)
    printed = device.printed(2)
    assert [same(out, wanted) for out, wanted in zip(printed, pages, strict=True)] == [True, True]


def test_checking_prints_nothing(printer: Printer, device: SimulatedPrinter) -> None:
    assert printer.check()
    assert device.roll.hanging == 0
    assert device.roll.receipts == []


@pytest.mark.parametrize(
    ("faults", "reason"),
    [(PrinterFaults(paper_out=True), "paper_out"), (PrinterFaults(cover_open=True), "offline")],
)
def test_what_the_printer_says_is_told_before_anything_is_printed(
    printer: Printer, device: SimulatedPrinter, faults: PrinterFaults, reason: str
) -> None:
    device.suffer(faults)
    assert reason_of(printer.check) == reason
    assert reason_of(lambda: printer.print(page())) == reason
    assert reason in BEFORE_PAPER
    assert device.roll.hanging == 0
    device.suffer(PrinterFaults())
    printer.print(page())
    assert len(device.printed(1)) == 1


def test_paper_that_ends_in_the_middle_is_told_as_half_a_receipt(printer: Printer, device: SimulatedPrinter) -> None:
    device.suffer(PrinterFaults(paper_left=500))
    assert reason_of(lambda: printer.print(page())) == "stuck"


def test_a_printer_that_takes_no_more_does_not_hold_us(
    printer: Printer, device: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos_printer, "_SEND", 0.2)
    monkeypatch.setattr(escpos_printer, "_ANSWER", 0.2)
    device.suffer(PrinterFaults(stuck_after=3000))
    reason = reason_of(lambda: printer.print(page(height=40_000)))
    assert reason == "stuck"
    assert reason not in BEFORE_PAPER


def test_a_printer_that_never_answers_is_believed(
    printer: Printer, device: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos_printer, "_ANSWER", 0.05)
    device.suffer(PrinterFaults(silent=True))
    printer.print(page())
    assert len(device.printed(1)) == 1


def test_a_line_that_breaks_in_the_middle_is_lost(device: SimulatedPrinter) -> None:
    printer = open_printer(f"escpos:network:127.0.0.1:{device.port}", 384)
    device.suffer(PrinterFaults(gone_after=3000))
    assert reason_of(lambda: printer.print(page(height=40_000))) == "lost"


def test_nobody_at_the_address_or_path_is_absent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert reason_of(open_printer(f"escpos:network:127.0.0.1:{port}").check) == "absent"
    assert reason_of(open_printer("escpos:file:/dev/zhengguan-no-printer").check) == "absent"


def test_a_usb_printer_that_is_not_there_is_absent() -> None:
    assert reason_of(open_printer("escpos:usb:dead:beef").check) == "absent"


@pytest.mark.parametrize("spec", ["", "laser", "escpos:", "escpos:network:", "escpos:usb:04b8", "cups:", "cups:a b"])
def test_a_setting_that_names_no_printer_says_which_there_are(spec: str) -> None:
    with pytest.raises(PrinterProblem) as caught:
        open_printer(spec)
    assert "escpos:network:HOST" in str(caught.value)
