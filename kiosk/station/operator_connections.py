"""Connect the signals of the operator page to the services of the station."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kiosk.guidance.studio.setup_check import CheckKind
from kiosk.station.station import Station
from kiosk.ui.operator.operator_page import OperatorPage

log = logging.getLogger(__name__)


def connect_operator_page(page: OperatorPage, station: Station, show_status: Callable[[], None]) -> None:
    """Connect the signals of `page`; `show_status` updates the page immediately after a change."""

    def retry_upload(submission: str) -> None:
        station.outbox.retry(submission)
        station.server.wake()
        show_status()

    def delete_unassigned() -> None:
        log.warning("the operator deletes %d unassigned photos", station.unassigned_shots.delete_all())
        show_status()

    page.resend_requested.connect(retry_upload)
    page.studio.check_requested.connect(lambda kind: station.studio_monitor.request_check(CheckKind(kind)))
    page.studio.lamps_accepted.connect(station.studio_monitor.apply_proposal)
    page.studio.framing_requested.connect(station.calibrate_framing)
    page.devices.camera_assigned.connect(station.assign_camera)
    page.devices.test_print_requested.connect(station.receipt_printing.print_test_page)
    page.devices.unassigned_delete_requested.connect(delete_unassigned)
    sheets = station.sheet_printing
    page.sheets.load_requested.connect(sheets.load)
    page.sheets.students_requested.connect(sheets.load_students)
    page.sheets.print_requested.connect(sheets.print)
    page.sheets.cancel_requested.connect(sheets.cancel)
