"""The bill of trades of a day: a zip with names in GBK, CSV in GB 18030, comments with #, tabs after long numbers."""

from __future__ import annotations

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from server.payments.gateways.alipay.account import AlipayAccount
from server.payments.gateways.alipay.api import call, download
from server.payments.gateways.base import BillKind, BillLine, Declined, UnreadableBill
from server.payments.gateways.beijing_time import parse_beijing
from server.payments.gateways.money import fen_of

MAX_TEXT_BYTES: Final = 512 << 20
_METHOD: Final = "alipay.data.dataservice.bill.downloadurl.query"
_NO_TRADE: Final = frozenset({"isp.bill_not_exist", "bill_not_exist", "isv.bill_not_exist"})
_SUMMARY_FILE: Final = "汇总"
# zipfile has no common exception class: NotImplementedError is a RuntimeError, zlib and struct have their own.
_DAMAGED: Final = (
    ValueError,
    KeyError,
    csv.Error,
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)


def read_bill(account: AlipayAccount, day: date) -> list[BillLine]:
    """Download and parse the bill of a day. Raises Unsure, UnreadableBill, Declined."""
    try:
        offer = call(account, _METHOD, {"bill_type": "trade", "bill_date": f"{day:%Y-%m-%d}"})
    except Declined as declined:
        if declined.code in _NO_TRADE:
            return []
        raise
    return read_packed(download(account, str(offer.get("bill_download_url", ""))))


def read_packed(packed: bytes) -> list[BillLine]:
    """Unpack and parse a downloaded bill. Raises UnreadableBill."""
    try:
        return parse_bill(_unpack(packed))
    except _DAMAGED as error:
        raise UnreadableBill(f"bill: {type(error).__name__}: {error}") from None


def parse_bill(text: bytes) -> list[BillLine]:
    """Return the lines of the unpacked details. Raises ValueError or KeyError if it is not such a bill."""
    content = text.decode("gb18030")
    rows = [row for row in csv.reader(io.StringIO(content)) if row and not row[0].startswith("#")]
    if not rows or not any(line.startswith("#") and "结束" in line for line in content.splitlines()):
        raise ValueError("it ends without its last comment")
    names = [cell.strip().replace("（", "(").replace("）", ")") for cell in rows[0]]
    return [_line({n: v.strip() for n, v in zip(names, row, strict=True)}) for row in rows[1:]]


def _line(cells: Mapping[str, str]) -> BillLine:
    number, transaction_id = cells["商户订单号"], cells["支付宝交易号"]
    amount, at = fen_of(cells["订单金额(元)"].lstrip("-")), parse_beijing(cells["完成时间"])
    match cells["业务类型"]:
        case "交易":
            return BillLine(BillKind.PAYMENT, number, transaction_id, amount, at)
        case "退款":
            return BillLine(BillKind.REFUND, number, transaction_id, amount, at, cells["退款批次号/请求号"])
        case _:
            raise ValueError("an unknown kind of line")


def _unpack(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        [details] = [one for one in archive.infolist() if _SUMMARY_FILE not in _file_name(one)]
        if details.file_size > MAX_TEXT_BYTES:
            raise ValueError("too large")
        return archive.read(details)


def _file_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry. zipfile reads a name without the UTF-8 flag as code page 437; Alipay's is GBK."""
    if entry.flag_bits & 0x800:
        return entry.filename
    return entry.filename.encode("cp437", "replace").decode("gb18030", "replace")
