"""Connect the signals of the screens to the visit controller."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import pyqtBoundSignal

from kiosk.ui.operator.operator_corner import OperatorCorner
from kiosk.ui.screen_stack import ScreenStack
from kiosk.ui.window import KioskWindow
from kiosk.visit.controller import VisitController

Connection = tuple[pyqtBoundSignal, Callable[..., None]]


def connect_visit(window: KioskWindow, controller: VisitController) -> None:
    """Let every touch on the screens call the controller directly."""
    connections = [
        *_identification(window.screens, controller),
        *_visit(window.screens, controller),
        *_presence(window, controller),
        *_operator(window.operator, controller),
    ]
    for signal, action in connections:
        signal.connect(action)


def _identification(screens: ScreenStack, controller: VisitController) -> list[Connection]:
    return [
        (screens.welcome.started, controller.start),
        (screens.identify.confirmed, controller.confirm),
        (screens.identify.denied, controller.deny),
        (screens.identify.document_requested, controller.start_document),
        (screens.identify.student_no_requested, controller.start_student_no),
        (screens.identify.leave_requested, controller.leave),
        (screens.document.closed, controller.cancel_document),
        (screens.student_no.submitted, controller.submit_student_no),
        (screens.student_no.leave_requested, controller.cancel_student_no),
        (screens.last_four.submitted, controller.submit_last_four),
        (screens.last_four.leave_requested, controller.leave),
        (screens.choose_enrolment.chosen, controller.choose_enrolment),
        (screens.choose_enrolment.all_chosen, controller.choose_all_enrolments),
        (screens.choose_enrolment.leave_requested, controller.leave),
    ]


def _visit(screens: ScreenStack, controller: VisitController) -> list[Connection]:
    return [
        (screens.consent.consented, controller.consent),
        (screens.consent.declined, controller.leave),
        (screens.prepare.prepared, controller.confirm_prepared),
        (screens.prepare.leave_requested, controller.leave),
        (screens.pose.leave_requested, controller.leave),
        (screens.pose.help_requested, controller.request_help),
        (screens.review.accepted, controller.accept),
        (screens.review.retake_requested, controller.retake),
        (screens.payment.continued, controller.pay_later),
        (screens.done.finished, controller.leave),
        (screens.ended.finished, controller.leave),
        (screens.error.retry_requested, controller.retry),
        (screens.error.leave_requested, controller.leave),
        (screens.error.help_requested, controller.request_help),
    ]


def _presence(window: KioskWindow, controller: VisitController) -> list[Connection]:
    return [
        (window.still_there.touched, controller.touch),
        (window.touch_filter.touched, controller.touch),
    ]


def _operator(operator: OperatorCorner, controller: VisitController) -> list[Connection]:
    """Connect the PIN pad: a correct PIN confirms a sitter's identity or cash, and acknowledges a call for help."""
    return [
        (operator.identity_confirmed, controller.confirm_by_staff),
        (operator.identity_confirmed, controller.acknowledge_help),
        (operator.unlocked, controller.acknowledge_help),
    ]
