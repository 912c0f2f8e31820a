"""The bill of trades of a day: gzip, UTF-8, cells that begin with a back-tick, and two summary lines at the end."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import zlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from server.payments.gateways.base import BillKind, BillLine, Declined, UnreadableBill, Unsure
from server.payments.gateways.beijing_time import parse_beijing
from server.payments.gateways.money import fen_of
from server.payments.gateways.wechat.account import WeChatAccount
from server.payments.gateways.wechat.api import call, download

MAX_TEXT_BYTES: Final = 512 << 20
_NO_TRADE: Final = "NO_STATEMENT_EXIST"
_SUMMARY: Final = "总交易单数"


def read_bill(account: WeChatAccount, day: date) -> list[BillLine]:
    """Download and parse the bill of a day. Raises Unsure, UnreadableBill, Declined."""
    try:
        offer = call(account, "GET", f"/v3/bill/tradebill?bill_date={day:%Y-%m-%d}&bill_type=ALL&tar_type=GZIP")
    except Declined as declined:
        if declined.code == _NO_TRADE:
            return []
        raise
    text = unpack(download(account, str(offer.get("download_url", ""))))
    # The hash is of the text that was packed, not of the file.
    if not hmac.compare_digest(hashlib.sha1(text).hexdigest(), str(offer.get("hash_value", "")).lower()):
        raise Unsure("bill: wrong SHA-1")
    return parse_bill(text)


def parse_bill(text: bytes) -> list[BillLine]:
    """Return the lines of the unpacked text. Raises UnreadableBill if it is not such a bill."""
    try:
        return _parse(text)
    except (ValueError, KeyError, csv.Error) as error:
        raise UnreadableBill(f"bill: {error}") from None


def _parse(text: bytes) -> list[BillLine]:
    rows = csv.reader(io.StringIO(text.decode("utf-8-sig")))
    names = next(rows, [])
    lines: list[BillLine] = []
    for row in rows:
        if row and row[0] == _SUMMARY:
            return lines
        line = _line({name: value.removeprefix("`") for name, value in zip(names, row, strict=True)})
        if line is not None:
            lines.append(line)
    raise ValueError("it ends without a summary")


def _line(cells: Mapping[str, str]) -> BillLine | None:
    number, transaction_id = cells["商户订单号"], cells["微信订单号"]
    at = parse_beijing(cells["交易时间"])
    match cells["交易状态"]:
        case "SUCCESS":
            return BillLine(BillKind.PAYMENT, number, transaction_id, fen_of(cells["订单金额"]), at)
        case "REFUND":
            if cells["退款状态"] == "FAIL":
                return None
            amount = fen_of(cells["申请退款金额"])
            return BillLine(BillKind.REFUND, number, transaction_id, amount, at, cells["商户退款单号"])
        case "REVOKED":
            return None
        case _:
            raise ValueError("an unknown kind of line")


def unpack(packed: bytes) -> bytes:
    """Decompress a bill. Raises Unsure."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(packed, MAX_TEXT_BYTES)
    except zlib.error:
        raise Unsure("bill: not gzip") from None
    if not unpacker.eof:
        raise Unsure("bill: cut, or too large")
    return text
