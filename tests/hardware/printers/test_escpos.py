"""The contract of a printer and its faults, over the network and on a device file, with a simulated printer."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from hardware.printers import escpos as escpos_printer
from hardware.printers.api import BEFORE_PAPER, Page, Printer, PrinterProblem
from hardware.printers.registry import open_printer
from hardware.simulators.receipt_printer import PrinterFaults, SimulatedPrinter
from tests.hardware.printers.pages import page, same
from tests.waiting import scale_timeout


@pytest.fixture
def device() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as simulated:
        yield simulated


@pytest.fixture(params=["network", "file"])
def printer(request: pytest.FixtureRequest, device: SimulatedPrinter) -> Printer:
    address = f"network:127.0.0.1:{device.port}" if request.param == "network" else f"file:{device.path}"
    return open_printer(f"escpos:{address}", 384)


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(PrinterProblem) as caught:
        call()
    assert caught.value.in_language("zh_CN") != caught.value.key
    return caught.value.reason


def test_a_page_is_printed_dot_by_dot_and_cut(printer: Printer, device: SimulatedPrinter) -> None:
    expected = page()
    printer.print(expected)
    printed = device.wait_for_receipts(1)
    assert device.unknown == ""
    assert same(printed[0], expected)


def test_two_pages_are_two_receipts(printer: Printer, device: SimulatedPrinter) -> None:
    pages = [page(seed=1), page(seed=2)]
    for expected in pages:
        printer.print(expected)
    printed = device.wait_for_receipts(2)
    assert [same(receipt, expected) for receipt, expected in zip(printed, pages, strict=True)] == [True, True]


def test_checking_prints_nothing(printer: Printer, device: SimulatedPrinter) -> None:
    assert printer.check()
    assert device.roll.hanging == 0
    assert device.roll.receipts == []


@pytest.mark.parametrize(
    ("faults", "reason"),
    [(PrinterFaults(paper_out=True), "paper_out"), (PrinterFaults(cover_open=True), "offline")],
)
def test_the_printer_s_status_is_checked_before_printing(
    printer: Printer, device: SimulatedPrinter, faults: PrinterFaults, reason: str
) -> None:
    device.set_faults(faults)
    assert reason_of(printer.check) == reason
    assert reason_of(lambda: printer.print(page())) == reason
    assert reason in BEFORE_PAPER
    assert device.roll.hanging == 0
    device.set_faults(PrinterFaults())
    printer.print(page())
    assert len(device.wait_for_receipts(1)) == 1


def test_paper_that_ends_in_the_middle_is_reported_as_half_a_receipt(
    printer: Printer, device: SimulatedPrinter
) -> None:
    device.set_faults(PrinterFaults(paper_left=500))
    assert reason_of(lambda: printer.print(page())) == "stuck"


def test_the_end_of_the_paper_leaves_the_other_faults(device: SimulatedPrinter) -> None:
    device.set_faults(PrinterFaults(silent=True, gone_after=9, paper_left=2))
    device.take(np.zeros((3, 8), bool))
    assert device._faults == PrinterFaults(silent=True, gone_after=9, paper_left=0)


def test_a_printer_that_accepts_no_more_data_does_not_block(
    printer: Printer, device: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos_printer, "_SEND_TIMEOUT_S", 0.2)
    monkeypatch.setattr(escpos_printer, "_STATUS_TIMEOUT_S", 0.2)
    device.set_faults(PrinterFaults(stuck_after=3000))
    reason = reason_of(lambda: printer.print(page(height=40_000)))
    assert reason == "stuck"
    assert reason not in BEFORE_PAPER


def test_a_printer_that_never_responds_is_assumed_to_work(
    printer: Printer, device: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escpos_printer, "_STATUS_TIMEOUT_S", 0.05)
    device.set_faults(PrinterFaults(silent=True))
    printer.print(page())
    assert len(device.wait_for_receipts(1)) == 1


def test_a_connection_that_breaks_in_the_middle_is_lost(device: SimulatedPrinter) -> None:
    printer = open_printer(f"escpos:network:127.0.0.1:{device.port}", 384)
    device.set_faults(PrinterFaults(gone_after=3000))
    assert reason_of(lambda: printer.print(page(height=40_000))) == "lost"


def test_a_printer_without_a_server_or_device_file_is_absent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert reason_of(open_printer(f"escpos:network:127.0.0.1:{port}").check) == "absent"
    assert reason_of(open_printer("escpos:file:/dev/zhengguan-no-printer").check) == "absent"


def test_a_usb_printer_that_is_not_there_is_absent() -> None:
    assert reason_of(open_printer("escpos:usb:dead:beef").check) == "absent"


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "laser",
        "escpos:",
        "escpos:network:",
        "escpos:network:printer:0",
        "escpos:network:printer:70000",
        "escpos:usb:04b8",
        "cups:",
        "cups:a b",
        "cups:-a",
    ],
)
def test_an_unknown_printer_setting_lists_the_known_ones(spec: str) -> None:
    with pytest.raises(PrinterProblem) as caught:
        open_printer(spec)
    assert "escpos:network:HOST" in str(caught.value)


# ---------------------------------------------------------------------------- faults that the simulator does not have


@contextmanager
def peer(serve: Callable[[socket.socket], object], host: str = "127.0.0.1") -> Iterator[str]:
    """Run a server whose one connection is handled by `serve`; yield the setting of a printer at its address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind((host, 0))
        server.listen()

        def run() -> None:
            connection, _ = server.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        url_host = f"[{host}]" if ":" in host else host
        yield f"escpos:network:{url_host}:{server.getsockname()[1]}"
        thread.join(scale_timeout(20))
        assert not thread.is_alive()


def receive_all(connection: socket.socket, responses: dict[bytes, bytes]) -> bytes:
    """Send the response to each request in `responses`; return all data when the connection has been closed."""
    received = b""
    try:
        while data := connection.recv(4096):
            received += data
            for request, response in responses.items():
                if data.endswith(request):
                    connection.sendall(response)
    except ConnectionResetError:
        pass
    return received


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_a_printer_with_an_address_of_ipv6_prints() -> None:
    received: list[bytes] = []
    ready = {b"\x10\x04" + bytes((n,)): b"\x12" for n in (1, 2, 4)}
    with peer(lambda connection: received.append(receive_all(connection, ready)), "::1") as spec:
        open_printer(spec, 384).print(page())
    assert b"\x1dV" in received[0]


def test_a_printer_that_accepts_the_connection_and_reads_nothing_is_reported_and_receives_nothing_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(escpos_printer, "_SEND_TIMEOUT_S", 0.3)
    monkeypatch.setattr(escpos_printer, "_STATUS_TIMEOUT_S", 0.1)
    over, received = threading.Event(), list[bytes]()

    def late(connection: socket.socket) -> None:
        over.wait(scale_timeout(20))
        received.append(receive_all(connection, {}))

    with peer(late) as spec:
        assert reason_of(lambda: open_printer(spec, 576).print(page(width=576))) == "stuck"
        over.set()
    assert b"\x1dV" not in received[0]  # never the end of that page


def test_a_printer_that_closes_the_connection_at_once_has_printed_nothing() -> None:
    with peer(lambda connection: None) as spec:
        reason = reason_of(lambda: open_printer(spec, 384).print(page(height=40)))
    assert reason in BEFORE_PAPER


def test_noise_before_the_status_is_skipped() -> None:
    paper_out = {
        b"\x10\x04\x01": b"\xff\x00\x11\x1a",
        b"\x10\x04\x04": b"\x14\x00\x00\x0f\x72",
        b"\x10\x04\x02": b"\x32",
    }
    with peer(lambda connection: receive_all(connection, paper_out)) as spec:
        assert reason_of(open_printer(spec, 384).check) == "paper_out"


def test_a_late_status_is_not_used_as_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escpos_printer, "_STATUS_TIMEOUT_S", 0.1)
    received = bytearray()  # status requests would come before and after the page

    def respond_late(connection: socket.socket) -> None:
        while data := connection.recv(4096):
            received.extend(data)
            if b"\x1dV" in data:
                connection.sendall(b"\x1a")  # the status before the page: offline then, printing now

    with peer(respond_late) as spec:
        open_printer(spec, 384).print(page())
    assert received.startswith(b"\x10\x04\x01\x1b@")
    assert not received.endswith(b"\x10\x04\x01")


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "[::1"])
def test_a_name_that_no_host_can_have_is_reported(host: str) -> None:
    with pytest.raises(PrinterProblem):
        open_printer(f"escpos:network:{host}").check()


def test_a_serial_port_is_set_to_transmit_dots_unchanged() -> None:
    printer_end, host_end = os.openpty()  # with the system's defaults: echo, and two bytes for every byte 10
    received = bytearray()

    def read() -> None:
        while not received.endswith(b"\x1dV\x00"):
            received.extend(os.read(printer_end, 4096))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        printer = open_printer(f"escpos:file:{os.ttyname(host_end)}", 16)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(escpos_printer, "_STATUS_TIMEOUT_S", 0.05)
            printer.print(Page("tens", Image.frombytes("1", (16, 4), b"\xf5" * 8)))
        thread.join(scale_timeout(20))
    finally:
        os.close(printer_end)
        os.close(host_end)
    assert b"\x0a" * 8 in received
    assert b"\r" not in received


def test_printing_reports_nothing_on_the_terminal(
    printer: Printer, device: SimulatedPrinter, capfd: pytest.CaptureFixture[str]
) -> None:
    printer.print(page())
    assert capfd.readouterr().out == ""
