"""Daily bills in the gateways' own formats."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from server.payments.gateways.beijing_time import BEIJING, beijing_text
from server.payments.gateways.money import yuan_of
from server.payments.simulator.keys import APPID, MCHID, SELLER_ID
from server.payments.simulator.trades import SimulatedRefund, Trade

_WECHAT_NAMES: Final = tuple(
    re.split(
        ",",
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
        "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
        "申请退款金额,费率备注",
    )
)
_WECHAT_TOTALS: Final = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
_ALIPAY_NAMES: Final = tuple(
    re.split(
        ",",
        "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
        "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
        "退款批次号/请求号,服务费（元）,分润（元）,备注",
    )
)
_FEE_PER_MILLE: Final = 6


def wechat_bill(trades: list[Trade], day: date) -> tuple[bytes, str]:
    """Return the packed bill and the SHA-1 of its text."""
    out = io.StringIO()
    out.write("\ufeff" + ",".join(_WECHAT_NAMES) + "\r\n")
    count = paid = refunded = 0
    for trade, refund in _lines(trades, "wechat", day):
        count += 1
        paid += trade.paid_fen if refund is None else 0
        refunded += refund.amount_fen if refund is not None else 0
        cells = _wechat_cells(trade, refund)
        out.write(",".join("`" + cells.get(name, "") for name in _WECHAT_NAMES) + "\r\n")
    totals = [str(count), yuan_of(paid), yuan_of(refunded), "0.00", "0.00", yuan_of(paid), yuan_of(refunded)]
    out.write(_WECHAT_TOTALS + "\r\n" + ",".join("`" + total for total in totals) + "\r\n")
    text = out.getvalue().encode("utf-8")
    return gzip.compress(text), hashlib.sha1(text).hexdigest()


def _wechat_cells(trade: Trade, refund: SimulatedRefund | None) -> dict[str, str]:
    cells = {
        "交易时间": beijing_text(_time(trade, refund)),
        "公众账号ID": APPID,
        "商户号": MCHID,
        "特约商户号": "0",
        "微信订单号": trade.transaction_id,
        "商户订单号": trade.number,
        "用户标识": "simulated",
        "交易类型": trade.product.upper(),
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": yuan_of(trade.paid_fen),
        "代金券金额": "0.00",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": trade.description,
        "手续费": f"{_fee(trade.paid_fen)}",
        "费率": "0.60%",
        "订单金额": yuan_of(trade.paid_fen),
        "申请退款金额": "0.00",
    }
    if refund is not None:
        cells |= {
            "交易状态": "REFUND",
            "应结订单金额": "0.00",
            "微信退款单号": refund.refund_id,
            "商户退款单号": refund.number,
            "退款金额": yuan_of(refund.amount_fen),
            "退款类型": "ORIGINAL",
            "退款状态": "SUCCESS" if refund.done else "PROCESSING",
            "订单金额": "0.00",
            "申请退款金额": yuan_of(refund.amount_fen),
        }
    return cells


def alipay_bill(trades: list[Trade], day: date) -> bytes:
    """Return the zip with the details and the summary."""
    details = io.StringIO()
    details.write("#支付宝业务明细查询 SIMULATED\r\n")
    details.write(f"#账号：[{SELLER_ID}0156]\r\n")
    details.write(f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]\r\n")
    details.write("#-----------------业务明细列表----------------\r\n")
    sheet = csv.writer(details)
    sheet.writerow(_ALIPAY_NAMES)
    count = 0
    for trade, refund in _lines(trades, "alipay", day):
        count += 1
        cells = _alipay_cells(trade, refund)
        sheet.writerow([cells.get(name, "\t") for name in _ALIPAY_NAMES])
    details.write("#-----------------业务明细列表结束----------------\r\n")
    details.write(f"#交易合计：{count}笔\r\n")
    name = f"{SELLER_ID}0156_{day:%Y%m%d}_业务明细"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_gbk_name(f"{name}.csv"), details.getvalue().encode("gb18030"))
        archive.writestr(_gbk_name(f"{name}(汇总).csv"), "#支付宝业务汇总查询 SIMULATED\r\n".encode("gb18030"))
    return out.getvalue()


def _alipay_cells(trade: Trade, refund: SimulatedRefund | None) -> dict[str, str]:
    sign, amount = ("", trade.paid_fen) if refund is None else ("-", refund.amount_fen)
    at = beijing_text(_time(trade, refund))
    return {
        "支付宝交易号": trade.transaction_id + "\t",
        "商户订单号": trade.number + "\t",
        "业务类型": ("交易" if refund is None else "退款") + "\t",
        "商品名称": trade.description,
        "创建时间": at,
        "完成时间": at,
        "对方账户": "*（SIMULATED）\t",
        "订单金额（元）": sign + yuan_of(amount),
        "商家实收（元）": sign + yuan_of(amount),
        "退款批次号/请求号": (refund.number if refund is not None else "") + "\t",
        "服务费（元）": f"-{_fee(amount)}" if refund is None else "0.00",
        "备注": trade.description,
    }


def _lines(trades: list[Trade], gateway: str, day: date) -> Iterator[tuple[Trade, SimulatedRefund | None]]:
    for trade in trades:
        if trade.gateway != gateway:
            continue
        for refund in (None, *trade.refunds.values()):
            at = trade.paid_at if refund is None else refund.at
            if at is not None and at.astimezone(BEIJING).date() == day:
                yield trade, refund


def _time(trade: Trade, refund: SimulatedRefund | None) -> datetime:
    at = trade.paid_at if refund is None else refund.at
    if at is None:
        raise ValueError("an unpaid trade is in no bill")
    return at


def _fee(fen: int) -> str:
    return yuan_of(fen * _FEE_PER_MILLE // 1000)


def _gbk_name(name: str) -> zipfile.ZipInfo:
    """Return an entry whose name is in GBK without the UTF-8 flag, as Alipay writes it."""
    return _GbkEntry(name)


class _GbkEntry(zipfile.ZipInfo):
    def __init__(self, name: str) -> None:
        super().__init__(name, date_time=(2026, 1, 1, 0, 0, 0))
        self.compress_type = zipfile.ZIP_DEFLATED

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800
