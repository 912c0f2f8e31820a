"""The payment screen shows the state of the order on the server only."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from config.i18n import LANGUAGES, Message, translations
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.visit_connections import connect_visit
from kiosk.ui.window import KioskWindow
from kiosk.visit.controller import VisitController
from kiosk.visit.payment import Fee, PaymentPhase, PaymentStatus
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import FEE, NOW, SITTER, TIMEOUTS, payment, show_step, visit_at
from tests.kiosk.ui.test_steps import RecordingController


def show(window: KioskWindow, ui_settings: UiSettings, phase: PaymentPhase, **changes: object) -> None:
    show_step(window, Step.PAYMENT, ui_settings, payment=payment(phase, **changes))


@pytest.mark.parametrize("language", LANGUAGES)
def test_waiting_shows_amount_codes_and_remaining_time(
    window: KioskWindow, ui_settings: UiSettings, language: str
) -> None:
    window.set_language(language)
    show(window, ui_settings, PaymentPhase.WAITING)
    screen = window.payment
    assert screen.amount.text() == "¥30.00"
    assert {name: code.picture.text for name, code in screen.codes.items()} == {
        "wechat": "wechat-code",
        "alipay": "alipay-code",
    }
    assert "1:30" in screen.seconds.text()
    assert screen.codes["wechat"].label.text() == translations(language).translate("screen.payment.wechat")
    assert not screen.icon.isVisible()


@pytest.mark.parametrize("phase", list(PaymentPhase))
@pytest.mark.parametrize("is_connected", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phase_is_called_failed(
    window: KioskWindow, ui_settings: UiSettings, phase: PaymentPhase, is_connected: bool, language: str
) -> None:
    window.set_language(language)
    show(window, ui_settings, phase, is_connected=is_connected)
    words = " ".join(label.text() for label in (window.payment.title, window.payment.lead))
    assert words.strip()
    assert not any(word in words.lower() for word in ("fail", "失败", "未成功"))


def test_without_a_code_of_one_wallet_the_other_is_shown_alone(window: KioskWindow, ui_settings: UiSettings) -> None:
    status = payment(PaymentPhase.WAITING)
    show(window, ui_settings, PaymentPhase.WAITING, codes=status.codes[1:])
    assert [code.isVisible() for code in window.payment.codes.values()] == [False, True]


@pytest.mark.parametrize(
    ("phase", "button"), [(PaymentPhase.PAID, "payment_continue"), (PaymentPhase.CHECKING, "payment_later")]
)
def test_the_visit_can_always_continue(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot, phase: PaymentPhase, button: str
) -> None:
    controller = RecordingController()
    connect_visit(window, cast(VisitController, controller))
    show(window, ui_settings, phase)
    qtbot.mouseClick(window.findChild(QPushButton, button), Qt.LeftButton)
    assert "pay_later" in controller.calls


def test_codes_of_a_paid_order_are_gone(window: KioskWindow, ui_settings: UiSettings) -> None:
    show(window, ui_settings, PaymentPhase.PAID, order_state="paid")
    assert not any(code.isVisible() for code in window.payment.codes.values())
    assert window.payment.icon.kind == "tick"
    assert not window.payment.cash_button.isVisible()


def test_cash_requires_the_pin_and_the_pin_pad_closes_with_the_payment(
    window: KioskWindow, ui_settings: UiSettings, qtbot: QtBot
) -> None:
    controller = RecordingController()
    connect_visit(window, cast(VisitController, controller))
    show(window, ui_settings, PaymentPhase.WAITING)
    qtbot.mouseClick(window.payment.cash_button, Qt.LeftButton)
    assert window.operator.pin_pad.isVisible()
    assert "confirm_by_staff" not in controller.calls
    show(window, ui_settings, PaymentPhase.PAID, order_state="paid")
    assert not window.operator.pin_pad.isVisible()
    show(window, ui_settings, PaymentPhase.WAITING)
    qtbot.mouseClick(window.payment.cash_button, Qt.LeftButton)
    for digit in "2468":
        window.operator.pin_pad.keys[digit].click()
    window.operator.pin_pad.enter.click()
    assert "confirm_by_staff" in controller.calls


def test_a_scanned_payment_code_shows_a_notice(window: KioskWindow, ui_settings: UiSettings) -> None:
    notice = Message("screen.payment.phone_code")
    show_step(window, Step.PAYMENT, ui_settings, notice=notice)
    assert window.payment.notice.isVisible()
    assert "付款码" in window.payment.notice.label.text()


def test_a_simulated_payment_is_marked(window: KioskWindow, ui_settings: UiSettings) -> None:
    show(window, ui_settings, PaymentPhase.WAITING)
    assert not window.payment.simulated.isVisible()
    show(window, ui_settings, PaymentPhase.WAITING, simulated=True)
    assert window.payment.simulated.isVisible()


def test_the_last_screen_shows_what_is_still_to_pay(window: KioskWindow, ui_settings: UiSettings) -> None:
    visit = visit_at(Step.DONE, ui_settings)
    window.show_visit(visit, NOW, TIMEOUTS)
    assert not window.done.unpaid.isVisible()
    unpaid = replace(visit, sitter=replace(SITTER, fees=(FEE,)))
    window.show_visit(unpaid, NOW, TIMEOUTS)
    assert "¥30.00" in window.done.unpaid.text()
    paid = replace(unpaid, payment=payment(PaymentPhase.PAID))
    window.show_visit(paid, NOW, TIMEOUTS)
    assert not window.done.unpaid.isVisible()


MINOR = Fee("b" * 32, "示范大学 · 辅修 · 法学", 2500, before_capture=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_order_of_a_portrait_for_several_enrolments_is_shown(
    window: KioskWindow, ui_settings: UiSettings, language: str
) -> None:
    window.set_language(language)
    show(window, ui_settings, PaymentPhase.WAITING)
    assert not any(label.isVisible() for label in window.payment.orders), "one order has its amount above"
    first = PaymentStatus(FEE, 3000, NOW, PaymentPhase.PAID, order_state="paid")
    second = replace(payment(PaymentPhase.WAITING), fee=MINOR, amount_fen=2500)
    visit = replace(
        visit_at(Step.PAYMENT, ui_settings),
        sitter=replace(SITTER, fees=(FEE, MINOR)),
        payment=second,
        earlier_payments=(first,),
    )
    window.show_visit(visit, NOW, TIMEOUTS)
    lines = [label.text() for label in window.payment.orders if label.isVisible()]
    assert len(lines) == 2
    assert "计算机" in lines[0]
    assert "¥30.00" in lines[0]
    assert "法学" in lines[1]
    assert "¥25.00" in lines[1]
    assert lines[0] != lines[1].replace("法学", "计算机")
    assert window.payment.amount.text() == "¥25.00"
    window.show_visit(replace(visit, step=Step.DONE), NOW, TIMEOUTS)
    assert "¥25.00" in window.done.unpaid.text()
