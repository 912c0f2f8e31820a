"""Vouchers: codes that the office gives out, each of which pays one order in full."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from server.core.api_errors import ApiError
from server.payments.events import EventKind, add_event
from server.payments.models import GatewayName, Order, OrderState, Payment, PaymentState
from server.payments.office_models import Voucher
from server.payments.orders import change_state, lock_order, require_payable
from server.payments.reasons import check_reason
from server.payments.waivers import granted_today
from server.records.models import Campaign

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
LENGTH: Final = 12
MOST_AT_ONCE: Final = 500


def create_vouchers(
    campaign: Campaign, count: int, reason: str, by: Any, valid_until: datetime, now: datetime
) -> list[str]:
    """Create vouchers and return their codes, which are shown this once. If they exceed [payments] waivers_per_day,
    they pay nothing before a second person approves them (approve_vouchers).

    Raises ApiError: voucher_count, and those of check_reason.
    """
    if not 0 < count <= MOST_AT_ONCE:
        raise ApiError("refused.voucher_count", limit=MOST_AT_ONCE)
    text = check_reason(reason)
    with transaction.atomic():
        alone = granted_today(by, now) + count <= settings.APP.payments.waivers_per_day
        codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(count)]
        Voucher.objects.bulk_create(
            Voucher(
                campaign=campaign,
                code_hmac=_code_hmac(code),
                code_end=code[-4:],
                reason=text,
                created_by=by,
                created_at=now,
                valid_until=valid_until,
                approved_by=by if alone else None,
            )
            for code in codes
        )
    return ["-".join(code[start : start + 4] for start in range(0, LENGTH, 4)) for code in codes]


def approve_vouchers(campaign: Campaign, created_by: Any, by: Any) -> int:
    """Approve every voucher of the campaign that `created_by` made and nobody approved; return how many. Raises
    ApiError: payment_second_person."""
    if created_by.pk == by.pk:
        raise ApiError("refused.payment_second_person")
    waiting = Voucher.objects.filter(campaign=campaign, created_by=created_by, approved_by=None, cancelled_at=None)
    return waiting.update(approved_by=by)


def cancel_voucher(voucher: Voucher, now: datetime) -> bool:
    """Cancel a voucher that was not redeemed; return False if it was."""
    return bool(Voucher.objects.filter(pk=voucher.pk, payment=None, cancelled_at=None).update(cancelled_at=now))


def redeem_voucher(order: Order, code: str, now: datetime) -> Payment:
    """Pay an order with a voucher. The page limits the tries (server.core.throttle).

    Raises ApiError: order_settled, order_closed, voucher_wrong (unknown, used, cancelled, expired, not approved, or of
    another campaign).
    """
    normalized = "".join(letter for letter in code.upper() if letter.isalnum())
    with transaction.atomic():
        locked = lock_order(order.pk)
        require_payable(locked, now)
        vouchers = Voucher.objects.select_for_update(of=("self",), no_key=True)
        voucher = vouchers.filter(
            code_hmac=_code_hmac(normalized),
            campaign=locked.student.campaign_id,
            payment=None,
            cancelled_at=None,
            approved_by__isnull=False,
            valid_until__gte=now,
        ).first()
        if voucher is None:
            raise ApiError("refused.voucher_wrong")
        voucher.payment = _payment(locked, now)
        voucher.save(update_fields=["payment"])
        change_state(locked, OrderState.PAID, now)
        add_event(locked, EventKind.VOUCHER_REDEEMED, now, voucher=voucher.pk)
        return voucher.payment


def _payment(order: Order, now: datetime) -> Payment:
    """Create the payment of a voucher, which brings no money: nothing can be refunded."""
    return Payment.objects.create(
        order=order,
        gateway=GatewayName.VOUCHER.value,
        product="office",
        amount_fen=order.amount_fen,
        state=PaymentState.PAID.value,
        simulated=order.student.campaign.simulated,
        created_at=now,
        valid_until=now,
        paid_at=now,
    )


def _code_hmac(code: str) -> str:
    return salted_hmac("code of a voucher", code, algorithm="sha256").hexdigest()
