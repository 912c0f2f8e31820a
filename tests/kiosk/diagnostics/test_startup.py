"""The checks at the kiosk's start: only warnings and failures are reported, and the kiosk does not wait for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from config.settings.station import station_settings
from kiosk.diagnostics.report import CheckResult, Level, check_result
from kiosk.diagnostics.startup import StartupCheck, startup_checks
from tests.waiting import scale_timeout


def test_results_without_a_problem_are_not_reported() -> None:
    def run_checks() -> Iterator[CheckResult]:
        yield check_result("kiosk", Level.OK, "running")
        yield check_result("kiosk", Level.WARNING, "running")

    check = StartupCheck(run_checks)
    check.start()
    assert check.wait(scale_timeout(10))
    assert [message.values["what"].key for message in check.messages] == ["diagnosis.kiosk.running"]


def test_the_kiosk_does_not_wait_for_a_check_that_hangs() -> None:
    may_continue = threading.Event()

    def run_checks() -> Iterator[CheckResult]:
        may_continue.wait(scale_timeout(20))
        yield check_result("kiosk", Level.WARNING, "running")

    check = StartupCheck(run_checks)
    check.start()
    assert check.messages == ()
    may_continue.set()
    assert check.wait(scale_timeout(10))


def test_no_device_of_the_kiosk_is_opened(tmp_path: Path) -> None:
    settings = station_settings(None, camera={"driver": "webcam:0"}, card_reader={"port": "auto"})
    subjects = {one.subject for one in startup_checks(settings, tmp_path)}
    assert {"disk", "clock", "usb"} <= subjects
    assert not {"camera", "shot", "reader", "printer"} & subjects
