"""The interface of every payment gateway, and the values of its requests and reports.

Amounts are integer fen, times are aware. A report is only returned after its signature was verified. A call has three
outcomes: it returns, it raises Declined (the gateway declined it), or it raises Unsure (anything else). After Unsure,
the gateway may have acted: repeat the call with the same number, or query; never take a new number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Unsure(Exception):
    """The result is unknown: no response, a failure of the gateway, or a response that it did not sign."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableBill(Unsure):
    """A bill came but cannot be parsed; those of other days may be fine."""


class Declined(Exception):
    """The gateway declined the request and did nothing. `code` is its own error code, such as ORDERPAID."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotificationRejected(Exception):
    """The notification is not genuine, too old, or for another merchant; it changes nothing. See `rejected_answer`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Product(StrEnum):
    """Ways in which a person pays. The first three are WeChat Pay's, the others Alipay's."""

    NATIVE = "native"  # a QR code that WeChat scans; kiosk and desktop
    JSAPI = "jsapi"  # a page inside WeChat
    H5 = "h5"  # a phone's browser, which opens WeChat
    PRECREATE = "precreate"  # a QR code that Alipay scans; kiosk and desktop
    WAP = "wap"  # a phone's browser, which opens Alipay
    PAGE = "page"  # a desktop's browser, with Alipay's own page


@dataclass(frozen=True)
class StartRequest:
    """`number` is ours: 6 to 32 of [0-9A-Za-z_-], never used for another amount. `openid` is needed for JSAPI,
    `client_ip` for H5; `return_url` is where H5, WAP and PAGE send the browser afterwards, which proves nothing."""

    number: str
    product: Product
    amount_fen: int
    description: str
    notify_url: str
    expires_at: datetime
    openid: str = ""
    client_ip: str = ""
    return_url: str = ""


@dataclass(frozen=True)
class StartedPayment:
    """Exactly one is set: the content of a QR code, an address for the browser, or the values for WeChat's JSAPI."""

    code_url: str = ""
    redirect_url: str = ""
    browser_values: Mapping[str, str] = field(default_factory=dict)


class PaymentState(StrEnum):
    """PAID stays after a refund: refunds have separate reports. UNKNOWN: the gateway has no such number (yet)."""

    PAID = "paid"
    PENDING = "pending"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PaymentReport:
    """A gateway's report about one of our numbers. `amount_fen` is the amount really paid, 0 unless the state is PAID.

    The client sets `simulated` from the gateway's address and keys: a simulated report never pays an order of a real
    campaign.
    """

    number: str
    state: PaymentState
    simulated: bool
    transaction_id: str = ""
    amount_fen: int = 0
    paid_at: datetime | None = None


@dataclass(frozen=True)
class RefundRequest:
    """`refund_number` is ours and the same for every attempt, so that no attempt refunds twice."""

    number: str
    refund_number: str
    amount_fen: int
    paid_fen: int
    reason: str
    notify_url: str = ""


class RefundState(StrEnum):
    """FAILED: the gateway tries no more, a person has to act. UNKNOWN: it has no such refund number."""

    DONE = "done"
    PROCESSING = "processing"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RefundReport:
    """`number` is the payment's. `code` is the gateway's own state of a refund that FAILED."""

    refund_number: str
    number: str
    state: RefundState
    simulated: bool
    refund_id: str = ""
    amount_fen: int = 0
    done_at: datetime | None = None
    code: str = ""


@dataclass(frozen=True)
class Notification:
    """A verified notification. `key` is the gateway's identifier of the event: the same in every repetition."""

    key: str
    report: PaymentReport | RefundReport


class BillKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class BillLine:
    """A line of a day's bill. `number` is the payment's; a refund also has its own. Amounts are positive for both."""

    kind: BillKind
    number: str
    transaction_id: str
    amount_fen: int
    at: datetime
    refund_number: str = ""


@dataclass(frozen=True)
class Answer:
    """The HTTP response to a notification."""

    status: int
    content_type: str
    body: bytes


class Gateway(ABC):
    """One merchant account. `name` is "wechat" or "alipay", `products` are those that the merchant may use."""

    name: str
    address: str = ""
    """Base URL, without a slash at the end."""
    products: frozenset[Product]
    simulated: bool
    accepted_answer: Answer
    rejected_answer: Answer

    @abstractmethod
    def start(self, request: StartRequest) -> StartedPayment:
        """Start a payment; the same request again returns a code for the same payment. Raises Unsure, Declined."""

    @abstractmethod
    def query(self, number: str) -> PaymentReport:
        """Return the gateway's report about our number. An unscanned Alipay code is UNKNOWN. Raises Unsure."""

    @abstractmethod
    def close(self, number: str) -> None:
        """Make the number unpayable; never refunds. Raises Unsure, and Declined if it was paid or is unknown: query
        again in either case, because somebody may have paid just before."""

    @abstractmethod
    def refund(self, request: RefundRequest) -> RefundReport:
        """Request a refund, or repeat the request. Raises Unsure, Declined."""

    @abstractmethod
    def query_refund(self, number: str, refund_number: str) -> RefundReport:
        """Return the state of a refund. Raises Unsure."""

    @abstractmethod
    def bill(self, day: date) -> list[BillLine]:
        """Return the bill of a past day in Beijing; available from 10:00 of the next day. Raises Unsure, and Declined
        while there is none. A day without trade is an empty list."""

    @abstractmethod
    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        """Verify and decode a notification, without sending a request. Raises NotificationRejected."""
