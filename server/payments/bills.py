"""Compare the daily bill of a gateway with the payments and refunds here: what is missing, additional or different."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from server.payments.bill_models import Bill, BillFinding, FindingKind, FindingState
from server.payments.gateways.base import (
    BillKind,
    BillLine,
    Declined,
    Gateway,
    PaymentReport,
    PaymentState,
    UnreadableBill,
    Unsure,
)
from server.payments.gateways.beijing_time import BEIJING
from server.payments.models import Payment
from server.payments.refund_models import Refund, RefundState
from server.payments.refunds import complete_refund
from server.payments.settling import Source, settle

log = logging.getLogger(__name__)
DAYS_BACK: Final = 30
"""Older bills are not fetched: the office has closed those days. WeChat Pay keeps bills for three months."""
SETTLED: Final = ("paid", "wrong")


def fetch_bills(gateways: Mapping[str, Gateway], now: datetime) -> int:
    """Fetch and compare the available bills that were not compared yet; return how many. If a gateway does not answer,
    the next run repeats the request. A bill that cannot be read does not hold up those of the days after it."""
    count = 0
    for gateway in gateways.values():
        for day in _days_to_compare(gateway.name, now):
            try:
                lines = gateway.bill(day)
            except UnreadableBill:
                log.warning("The bill of %s of %s cannot be read; it is fetched again later.", gateway.name, day)
                continue
            except (Unsure, Declined):
                break
            reconcile(gateway, day, lines, now)
            count += 1
    return count


def reconcile(gateway: Gateway, day: date, lines: Iterable[BillLine], now: datetime) -> list[BillFinding]:
    """Compare the bill of one day; return the differences. A payment that only the bill contains is settled if its
    number and amount are ours: its notification was lost."""
    rows = list(lines)
    for line in rows:
        _settle_line(line, gateway, now)
    with transaction.atomic():
        bill, created = Bill.objects.get_or_create(gateway=gateway.name, day=day, defaults=_totals(rows, now))
        if not created:
            return list(bill.findings.all())
        findings = [finding for line in rows if (finding := _compare(line, bill, now))]
        findings += _missing(bill, now)
        return BillFinding.objects.bulk_create(findings)


def _days_to_compare(gateway: str, now: datetime) -> list[date]:
    """Return the days since the first payment whose bill is due by now and was not compared yet."""
    first: datetime | None = Payment.objects.filter(gateway=gateway).aggregate(first=Min("created_at"))["first"]
    if first is None:
        return []
    local = now.astimezone(BEIJING)
    last = local.date() - timedelta(days=1 if local.time() >= settings.APP.payments.bill_time else 2)
    begin = max(first.astimezone(BEIJING).date(), last - timedelta(days=DAYS_BACK))
    days = [begin + timedelta(days=number) for number in range((last - begin).days + 1)]
    compared = set(Bill.objects.filter(gateway=gateway, day__gte=begin).values_list("day", flat=True))
    return [day for day in days if day not in compared]


def _totals(lines: list[BillLine], now: datetime) -> dict[str, Any]:
    payments = [line.amount_fen for line in lines if line.kind is BillKind.PAYMENT]
    refunds = [line.amount_fen for line in lines if line.kind is BillKind.REFUND]
    sums = {"payments_fen": sum(payments), "refunds_fen": sum(refunds)}
    return {"compared_at": now, "payments": len(payments), "refunds": len(refunds), **sums}


def _settle_line(line: BillLine, gateway: Gateway, now: datetime) -> None:
    """Settle the payment or refund of a line if no notification or query has reported it."""
    if line.kind is BillKind.PAYMENT:
        waiting = Payment.objects.filter(number=line.number, gateway=gateway.name, amount_fen=line.amount_fen)
        if waiting.exclude(state__in=SETTLED).exists():
            paid = (line.number, PaymentState.PAID, gateway.simulated, line.transaction_id, line.amount_fen, line.at)
            settle(PaymentReport(*paid), gateway.name, Source.BILL, now)
        return
    refunds = Refund.objects.filter(
        number=line.refund_number, payment__gateway=gateway.name, amount_fen=line.amount_fen
    )
    refund = refunds.filter(state__in=[RefundState.APPROVED.value, RefundState.SENT.value]).first()
    if refund is not None:
        complete_refund(refund.pk, line.at)


def _compare(line: BillLine, bill: Bill, now: datetime) -> BillFinding | None:
    """Return the difference of a line of the bill, None without one; mark its payment or refund as billed."""
    ours = _our_row(line, bill.gateway)
    if ours is None:
        return _finding(bill, FindingKind.ADDITIONAL, line, now)
    ours.rows.update(billed_on=bill.day)
    # The bill of the day before may have lacked it: around midnight the two clocks may show different days.
    earlier = BillFinding.objects.filter(bill__gateway=bill.gateway, kind=FindingKind.MISSING.value, number=ours.number)
    earlier.filter(is_refund=ours.is_refund, state="open").update(state=FindingState.OURS.value, decided_at=now)
    if ours.amount_fen != line.amount_fen:
        return _finding(bill, FindingKind.DIFFERENT, line, now, ours.amount_fen)
    return None


@dataclass(frozen=True)
class _OurRow:
    rows: Any
    number: str
    amount_fen: int
    is_refund: bool


def _our_row(line: BillLine, gateway: str) -> _OurRow | None:
    """Return our payment or refund of a line; None unless it is paid or refunded here, too."""
    if line.kind is BillKind.PAYMENT:
        payments = Payment.objects.filter(number=line.number, gateway=gateway, state__in=SETTLED)
        payment = payments.first()
        return _OurRow(payments, payment.number, payment.received_fen, False) if payment else None
    refunds = Refund.objects.filter(number=line.refund_number, payment__gateway=gateway)
    refund = refunds.filter(state=RefundState.DONE.value).first()
    return _OurRow(refunds, refund.number, refund.amount_fen, True) if refund else None


def _missing(bill: Bill, now: datetime) -> list[BillFinding]:
    """Return a finding for each payment and refund here of that day (Beijing time) that is in no bill."""
    begin = datetime.combine(bill.day, time.min, BEIJING)
    end = begin + timedelta(days=1)
    payments = Payment.objects.filter(gateway=bill.gateway, state__in=SETTLED, paid_at__gte=begin, paid_at__lt=end)
    refunds = Refund.objects.filter(payment__gateway=bill.gateway, state="done", done_at__gte=begin, done_at__lt=end)
    common = {"bill": bill, "kind": FindingKind.MISSING.value, "found_at": now}
    return [
        BillFinding(
            **common,
            is_refund=False,
            number=one.number,
            payment_number=one.number,
            transaction_id=one.transaction_id,
            our_fen=one.received_fen,
        )
        for one in payments.filter(billed_on=None)
    ] + [
        BillFinding(
            **common, is_refund=True, number=one.number, payment_number=one.payment.number, our_fen=one.amount_fen
        )
        for one in refunds.filter(billed_on=None).select_related("payment")
    ]


def _finding(bill: Bill, kind: FindingKind, line: BillLine, now: datetime, our_fen: int | None = None) -> BillFinding:
    is_refund = line.kind is BillKind.REFUND
    return BillFinding(
        bill=bill,
        kind=kind.value,
        is_refund=is_refund,
        number=line.refund_number if is_refund else line.number,
        payment_number=line.number,
        transaction_id=line.transaction_id,
        our_fen=our_fen,
        their_fen=line.amount_fen,
        found_at=now,
    )
