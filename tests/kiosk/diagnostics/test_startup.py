"""The checks at the kiosk's start: only warnings and failures, and nothing that the kiosk waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from config.settings.station import station_settings
from kiosk.diagnostics.report import CheckResult, Level, check_result
from kiosk.diagnostics.startup import StartupCheck, startup_checks
from tests.waiting import scale_timeout


def test_what_is_well_is_not_reported() -> None:
    def look() -> Iterator[CheckResult]:
        yield check_result("kiosk", Level.OK, "running")
        yield check_result("kiosk", Level.WARNING, "running")

    taken = StartupCheck(look)
    taken.start()
    assert taken.wait(scale_timeout(10))
    assert [message.values["what"].key for message in taken.messages] == ["diagnosis.kiosk.running"]


def test_nobody_waits_for_a_check_that_hangs() -> None:
    go_on = threading.Event()

    def look() -> Iterator[CheckResult]:
        go_on.wait(scale_timeout(20))
        yield check_result("kiosk", Level.WARNING, "running")

    taken = StartupCheck(look)
    taken.start()
    assert taken.messages == ()
    go_on.set()
    assert taken.wait(scale_timeout(10))


def test_next_to_a_kiosk_no_device_is_opened(tmp_path: Path) -> None:
    settings = station_settings(None, camera={"driver": "webcam:0"}, card_reader={"port": "auto"})
    subjects = {one.subject for one in startup_checks(settings, tmp_path)}
    assert {"disk", "clock", "usb"} <= subjects
    assert not {"camera", "shot", "reader", "printer"} & subjects
