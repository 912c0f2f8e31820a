"""The data of the simulated gateways: trades, their refunds, and the rules for changing them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class TradeState(StrEnum):
    UNSCANNED = "unscanned"  # an Alipay code; no trade for its query and close yet
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class Refusal(StrEnum):
    UNKNOWN = "unknown"
    AMOUNT_DIFFERS = "amount_differs"
    PAID = "paid"
    CLOSED = "closed"
    NOT_PAID = "not_paid"
    TOO_MUCH = "too_much"


class Refused(Exception):
    """Refusal by a rule of the gateway; each protocol has its own code for it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass
class SimulatedRefund:
    number: str
    refund_id: str
    amount_fen: int
    at: datetime
    done: bool
    notify_url: str = ""


@dataclass
class Trade:
    gateway: str
    product: str
    number: str
    amount_fen: int
    description: str
    notify_url: str
    expires_at: datetime
    return_url: str = ""
    state: TradeState = TradeState.OPEN
    was_scanned: bool = False
    paid_fen: int = 0
    transaction_id: str = ""
    paid_at: datetime | None = None
    refunds: dict[str, SimulatedRefund] = field(default_factory=dict)

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds.values())


def utc_now() -> datetime:
    return datetime.now(UTC)


class Trades:
    """Trades of both gateways by number. The lock is for the simulator's own threads."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.lock = threading.RLock()
        self.now = now
        self._trades: dict[str, Trade] = {}
        self._counter = itertools.count(1)

    def restore(self, trades: list[Trade]) -> None:
        with self.lock:
            self._trades.update({trade.number: trade for trade in trades})

    def all(self) -> list[Trade]:
        with self.lock:
            return list(self._trades.values())

    def find(self, gateway: str, number: str) -> Trade:
        """Return a trade, and close it first if its time is over. Raises Refused."""
        trade = self._trades.get(number)
        if trade is None or trade.gateway != gateway:
            raise Refused(Refusal.UNKNOWN)
        if trade.state in (TradeState.OPEN, TradeState.UNSCANNED) and trade.expires_at <= self.now():
            trade.state = TradeState.CLOSED
        return trade

    def start(self, new: Trade) -> Trade:
        """Store the trade, or return the one with the same number and amount. Raises Refused."""
        with self.lock:
            known = self._trades.get(new.number)
            if known is None:
                self._trades[new.number] = new
                return new
            if known.gateway != new.gateway or known.amount_fen != new.amount_fen:
                raise Refused(Refusal.AMOUNT_DIFFERS)
            if self.find(new.gateway, new.number).state is TradeState.CLOSED:
                raise Refused(Refusal.CLOSED)
            if known.state is TradeState.PAID:
                raise Refused(Refusal.PAID)
            return known

    def scan(self, gateway: str, number: str) -> Trade:
        with self.lock:
            trade = self.find(gateway, number)
            if trade.state is TradeState.UNSCANNED:
                trade.state = TradeState.OPEN
            trade.was_scanned = True
            return trade

    def pay(self, gateway: str, number: str, amount_fen: int | None = None) -> Trade:
        """Pay a trade; `amount_fen` is for a gateway that reports another amount. Raises Refused."""
        with self.lock:
            trade = self.scan(gateway, number)
            if trade.state is TradeState.CLOSED:
                raise Refused(Refusal.CLOSED)
            if trade.state is TradeState.PAID:
                raise Refused(Refusal.PAID)
            trade.state = TradeState.PAID
            trade.paid_fen = trade.amount_fen if amount_fen is None else amount_fen
            trade.transaction_id = self.new_identifier("42")
            trade.paid_at = self.now()
            return trade

    def close(self, gateway: str, number: str) -> Trade:
        """Close a trade. Raises Refused if it is paid."""
        with self.lock:
            trade = self.find(gateway, number)
            if trade.state is TradeState.PAID:
                raise Refused(Refusal.PAID)
            trade.state = TradeState.CLOSED
            return trade

    def refund(self, gateway: str, number: str, refund_number: str, amount_fen: int) -> tuple[SimulatedRefund, bool]:
        """Return the refund, and whether it is new: the same number never refunds twice. Raises Refused."""
        with self.lock:
            trade = self.find(gateway, number)
            if trade.state is not TradeState.PAID:
                raise Refused(Refusal.NOT_PAID)
            known = trade.refunds.get(refund_number)
            if known is not None:
                if known.amount_fen != amount_fen:
                    raise Refused(Refusal.AMOUNT_DIFFERS)
                return known, False
            if amount_fen <= 0 or trade.refunded_fen + amount_fen > trade.paid_fen:
                raise Refused(Refusal.TOO_MUCH)
            refund = SimulatedRefund(refund_number, self.new_identifier("50"), amount_fen, self.now(), done=False)
            trade.refunds[refund_number] = refund
            return refund, True

    def find_refund(self, gateway: str, refund_number: str) -> tuple[Trade, SimulatedRefund]:
        """Return a refund and its trade. Raises Refused."""
        with self.lock:
            for trade in self._trades.values():
                if trade.gateway == gateway and refund_number in trade.refunds:
                    return trade, trade.refunds[refund_number]
        raise Refused(Refusal.UNKNOWN)

    def new_identifier(self, prefix: str) -> str:
        """Return 28 digits: WeChat Pay's transactions begin with 42, refunds with 50. The time keeps them unique when
        the simulator is started again."""
        return f"{prefix}{int(self.now().timestamp() * 1000):016d}{next(self._counter):010d}"
