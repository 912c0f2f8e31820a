"""States of visits, payments and frames for the tests of the screens."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from config.i18n import Message
from kiosk.tools.gallery.sample_data import SITTER, portrait_of
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.upload.order import PaymentCode
from kiosk.visit.payment import Fee, PaymentPhase, PaymentStatus
from kiosk.visit.sitter import EnrolmentChoice
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

TIMEOUTS = VisitTimeouts()
NOW = 50.0
PERSONAL_DATA = (SITTER.name, SITTER.last_four, SITTER.progress_url)
FEE = Fee("a" * 32, "示范大学 · 2026 · 计算机", 3000, before_capture=False)


def visit_at(step: Step, ui_settings: UiSettings, since: float = NOW, **changes: object) -> VisitState:
    """Return a state of the visit at `step`, with `changes`."""
    is_identified = step not in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED)
    values: dict[str, object] = {"sitter": SITTER if is_identified else None}
    if step in (Step.REVIEW, Step.DONE):
        values |= {"portrait": portrait_of(ui_settings.standard), "shot_count": 1}
    if step is Step.PAYMENT:
        values |= {"payment": payment(PaymentPhase.WAITING)}
    if step is Step.LAST_FOUR:
        values |= {"sitter": replace(SITTER, last_four="", identified_by="code")}
    if step is Step.CHOOSE:
        enrolments = (
            EnrolmentChoice("计算机 · 本科", "示范大学 · 2026"),
            EnrolmentChoice("法学 · 辅修", "示范大学 · 2026"),
        )
        values |= {"sitter": replace(SITTER, enrolments=enrolments)}
    if step is Step.ENDED:
        values |= {"notice": Message("visit_ended.nothing_taken")}
    if step is Step.ERROR:
        values |= {"notice": Message("camera.lost"), "interrupted_step": Step.POSE}
    return VisitState(step=step, since=since, **(values | changes))  # type: ignore[arg-type]


def payment(phase: PaymentPhase, **changes: object) -> PaymentStatus:
    codes = tuple(PaymentCode(channel=channel, text=f"{channel}-code") for channel in ("wechat", "alipay"))
    values = {"codes": codes, "valid_until": NOW + 90, **changes}
    return PaymentStatus(FEE, 3000, NOW, phase, **values)  # type: ignore[arg-type]


def show_step(window: KioskWindow, step: Step, ui_settings: UiSettings, now: float = NOW, **changes: object) -> None:
    window.show_visit(visit_at(step, ui_settings, **changes), now, TIMEOUTS)


def frame(width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Return a frame with a red left half and a blue right half, so that mirroring can be detected."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (250, 10, 10)
    pixels[:, width // 2 :] = (10, 10, 250)
    return pixels
