"""A print queue of the real CUPS: a separate daemon for the test, whose back end writes to a file or fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.printers import cups as cups_printer
from hardware.printers.api import BEFORE_PAPER, Document, PrinterProblem
from hardware.printers.cups import CupsPrinter
from tests.hardware.printers.pages import page
from tests.waiting import eventually, scale_timeout

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        not shutil.which("cupsd") or os.geteuid() != 0,
        reason="needs Debian's cups-daemon and an administrator to run it",
    ),
]
# CUPS runs a back end as `backend job user title copies options [file]`, its address in DEVICE_URI (man backend).
BACKEND = """#!/bin/sh
[ $# -gt 0 ] || exit 0
to=${DEVICE_URI#paper://}
[ ! -e "$to/jammed" ] || exit 4
[ ! -e "$to/empty" ] || echo "STATE: +media-empty-error" >&2
while [ -e "$to/empty" ]; do sleep 0.05; done
echo "STATE: -media-empty-error" >&2
while [ -e "$to/slow" ]; do sleep 0.05; done
echo "$5" > "$to/options-$1"
cat "${6:--}" > "$to/page-$1"
"""


class Cups:
    """A separate daemon: its socket, its folders, one queue named `desk` with its output in `paper`."""

    def __init__(self, folder: Path) -> None:
        self.paper = folder / "paper"
        self.paper.mkdir()
        self.paper.chmod(0o777)
        self._folder = folder
        self._socket = folder / "cups.sock"
        self.environment = {**os.environ, "CUPS_SERVER": str(self._socket)}
        self._write()
        self._daemon = subprocess.Popen(
            ["cupsd", "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _write(self) -> None:
        folder, binaries = self._folder, self._folder / "lib"
        for name in ("lib/backend", "spool/tmp", "cache", "state", "log", "root/ppd"):
            (folder / name).mkdir(parents=True)
        for kind in ("daemon", "filter", "notifier", "cgi-bin", "monitor"):
            if (Path("/usr/lib/cups") / kind).is_dir():
                (binaries / kind).symlink_to(Path("/usr/lib/cups") / kind)
        backend = binaries / "backend" / "paper"
        backend.write_text(BACKEND, encoding="utf-8")
        backend.chmod(0o755)
        (folder / "cupsd.conf").write_text(
            f"Listen {self._socket}\nLogLevel warn\nBrowsing No\nDefaultAuthType None\nWebInterface No\n"
            "<Location />\nAllow all\n</Location>\n"
            "<Policy default>\n<Limit All>\nOrder allow,deny\n</Limit>\n</Policy>\n",
            encoding="utf-8",
        )
        (folder / "cups-files.conf").write_text(
            f"ServerRoot {folder}/root\nServerBin {binaries}\nRequestRoot {folder}/spool\nTempDir {folder}/spool/tmp\n"
            f"CacheDir {folder}/cache\nStateDir {folder}/state\nErrorLog {folder}/log/error\n"
            f"AccessLog {folder}/log/access\nPageLog {folder}/log/page\n"
            "User lp\nGroup lp\nSystemGroup root\n",
            encoding="utf-8",
        )

    def kill(self) -> None:
        self._daemon.kill()
        self._daemon.wait(scale_timeout(20))

    def run(self, *command: str) -> bool:
        return (
            subprocess.run(
                command, env=self.environment, capture_output=True, timeout=scale_timeout(20), check=False
            ).returncode
            == 0
        )

    def start(self) -> None:
        eventually(lambda: self.run("lpstat", "-r") and self._socket.exists())
        assert self.run("lpadmin", "-p", "desk", "-E", "-v", f"paper://{self.paper}", "-m", "raw")

    def stop(self) -> None:
        if self._daemon.poll() is None:
            self._daemon.terminate()
        self._daemon.wait(scale_timeout(20))

    def pages(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.paper.glob("page-*"))]


@pytest.fixture
def cups() -> Iterator[Cups]:
    # Back ends run as the user lp, who may not enter pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        Path(name).chmod(0o755)
        running = Cups(Path(name))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def test_a_page_leaves_the_queue_as_a_pdf(cups: Cups) -> None:
    CupsPrinter("desk", cups.environment).print(page())
    assert [pdf[:5] for pdf in cups.pages()] == [b"%PDF-"]


def test_a_paused_queue_is_reported_and_nothing_is_left_in_it(cups: Cups) -> None:
    assert cups.run("cupsdisable", "desk")
    with pytest.raises(PrinterProblem) as caught:
        CupsPrinter("desk", cups.environment).print(page())
    assert caught.value.reason == "offline"
    assert cups.run("cupsenable", "desk")
    CupsPrinter("desk", cups.environment).print(page("after"))
    assert len(cups.pages()) == 1


def test_a_job_that_is_not_printed_in_time_is_cancelled_and_never_printed_later(cups: Cups) -> None:
    (cups.paper / "slow").touch()
    with pytest.raises(PrinterProblem) as caught:
        CupsPrinter("desk", cups.environment, timeout=0.5).print(page("stuck"))
    assert caught.value.reason == "stuck"
    (cups.paper / "slow").unlink()
    CupsPrinter("desk", cups.environment).print(page("next"))
    assert len(cups.pages()) == 1


def test_a_printer_that_fails_stops_its_queue_and_the_job_is_cancelled(cups: Cups) -> None:
    (cups.paper / "jammed").touch()
    with pytest.raises(PrinterProblem) as caught:
        CupsPrinter("desk", cups.environment).print(page("jammed"))
    assert caught.value.reason == "stuck"
    (cups.paper / "jammed").unlink()
    assert cups.run("cupsenable", "desk")
    CupsPrinter("desk", cups.environment).print(page("next"))
    assert len(cups.pages()) == 1


def test_a_queue_that_does_not_exist_or_no_cups_is_reported(cups: Cups, tmp_path: Path) -> None:
    for queue, environment in (("nowhere", cups.environment), ("desk", {"PATH": str(tmp_path)})):
        with pytest.raises(PrinterProblem) as caught:
            CupsPrinter(queue, environment).check()
        assert caught.value.reason == "no_queue"


def problem_during_print(cups: Cups, event: Callable[[], object]) -> PrinterProblem:
    """Print a page on a busy printer, call `event` while its job waits, and return the problem."""
    (cups.paper / "slow").touch()
    events = iter([event])
    printer = CupsPrinter(
        "desk", cups.environment, timeout=2.0, wait=lambda seconds: [call() for call in events] and None
    )
    with pytest.raises(PrinterProblem) as caught:
        printer.print(page("busy"))
    (cups.paper / "slow").unlink()
    return caught.value


@pytest.mark.parametrize("event", ["deleted", "killed", "cancelled"])
def test_a_job_that_is_lost_from_the_queue_is_not_to_be_sent_again(cups: Cups, event: str) -> None:
    events: dict[str, Callable[[], object]] = {
        "deleted": lambda: cups.run("lpadmin", "-x", "desk"),
        "killed": cups.kill,
        "cancelled": lambda: cups.run("cancel", "-a", "desk"),
    }
    problem = problem_during_print(cups, events[event])
    assert problem.reason in ("lost", "stuck")
    assert problem.reason not in BEFORE_PAPER


def test_a_daemon_that_hangs_while_it_accepts_the_job_may_have_accepted_it(
    cups: Cups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lp = tmp_path / "lp"
    lp.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    lp.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(cups_printer, "_COMMAND_TIMEOUT_S", 0.5)
    with pytest.raises(PrinterProblem) as caught:
        CupsPrinter("desk", {**cups.environment, "PATH": path}).print(page())
    assert caught.value.reason == "lost"


def test_a_queue_with_the_name_disabled_is_not_paused(cups: Cups) -> None:
    assert cups.run("lpadmin", "-p", "disabled", "-E", "-v", f"paper://{cups.paper}", "-m", "raw")
    CupsPrinter("disabled", cups.environment).print(page())
    assert len(cups.pages()) == 1


def sheets(paper: tuple[float, float] = (152.0, 102.0)) -> Document:
    return Document("class 1", b"%PDF-1.4 sheets", 2, paper)


def print_sheets(
    cups: Cups, document: Document, on_wait: Callable[[str | None], None] = lambda reason: None, cancelled: bool = False
) -> bool:
    return CupsPrinter("desk", cups.environment).print_document(document, on_wait, lambda: cancelled)


@pytest.mark.parametrize(
    ("paper", "media"),
    [((152.0, 102.0), "na_index-4x6_4x6in"), ((210.0, 297.0), "iso_a4_210x297mm"), ((89.0, 127.0), "Custom.89x127mm")],
)
def test_sheets_are_printed_at_their_size_on_their_paper(cups: Cups, paper: tuple[float, float], media: str) -> None:
    assert print_sheets(cups, sheets(paper))
    assert cups.pages() == [sheets().pdf]
    [options] = [path.read_text() for path in cups.paper.glob("options-*")]
    assert {f"media={media}", "print-scaling=none"} <= set(options.split())


def test_sheets_wait_for_paper_and_are_printed_when_the_tray_is_filled(cups: Cups) -> None:
    (cups.paper / "empty").touch()
    reasons: list[str | None] = []

    def fill_when_reported(reason: str | None) -> None:
        reasons.append(reason)
        if reason == "paper_out":
            (cups.paper / "empty").unlink(missing_ok=True)

    assert print_sheets(cups, sheets(), fill_when_reported)
    assert "paper_out" in reasons
    assert len(cups.pages()) == 1


def test_sheets_that_wait_are_removed_when_the_operator_cancels(cups: Cups) -> None:
    (cups.paper / "slow").touch()
    assert not print_sheets(cups, sheets(), cancelled=True)
    (cups.paper / "slow").unlink()
    CupsPrinter("desk", cups.environment).print(page("next"))
    assert [pdf == sheets().pdf for pdf in cups.pages()] == [False]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda cups: cups.run("cupsdisable", "desk"), "offline"),
        (lambda cups: cups.run("cupsreject", "desk"), "offline"),
        (lambda cups: (cups.paper / "jammed").touch(), "stuck"),
        (lambda cups: cups.run("lpadmin", "-x", "desk"), "no_queue"),
    ],
)
def test_the_reason_why_sheets_are_not_printed_is_reported(
    cups: Cups, event: Callable[[Cups], object], reason: str
) -> None:
    event(cups)
    with pytest.raises(PrinterProblem) as caught:
        print_sheets(cups, sheets())
    assert caught.value.reason == reason
    assert cups.pages() == []
