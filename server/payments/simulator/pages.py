"""The buyer's pages: a list of trades, and one page to pay on, by scanning its QR code or by a click."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import parse_qs

from config.i18n import FALLBACK, Translations, translations
from server.payments.gateways.money import yuan_of
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.messages import Request, Response
from server.payments.simulator.trades import Trade, TradeState

_STYLE: Final = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:0;color:#1c2430;background:#f3f5f8}
header{background:#b3261e;color:#fff;padding:.6rem 1rem;font-weight:700;text-align:center}
main{max-width:40rem;margin:1.5rem auto;padding:1.25rem;background:#fff;border-radius:12px}
h1{font-size:1.25rem;margin:0 0 .5rem}.amount{font-size:2.5rem;font-weight:700;margin:.5rem 0}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;color:#4a5568}dd{margin:0;overflow-wrap:anywhere}
button,.button{display:block;box-sizing:border-box;width:100%;padding:.9rem;border:0;border-radius:10px;background:#1668dc;
color:#fff;font:inherit;font-weight:600;text-align:center;text-decoration:none}
select{font:inherit;width:100%;padding:.5rem}details{margin:1rem 0;color:#4a5568}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.4rem .3rem;border-bottom:1px solid #e2e8f0;
overflow-wrap:anywhere}td+td{white-space:nowrap}
"""
_GATEWAY_NAMES: Final = {"wechat": "payments.simulator.wechat", "alipay": "payments.simulator.alipay"}
_SHOWN: Final = 50


def index(request: Request, trades: list[Trade]) -> Response:
    tr = _translations(request)
    head = "".join(f"<th>{_text(tr, f'payments.simulator.{name}')}</th>" for name in ("number", "amount", "state"))
    rows = "".join(_row(tr, trade) for trade in reversed(trades[-_SHOWN:]))
    content = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    if not trades:
        content = f"<p>{_text(tr, 'payments.simulator.nothing')}</p>"
    return _page(tr, 200, _text(tr, "payments.simulator.trades"), content)


def payment(request: Request, trade: Trade) -> Response:
    """The page of an open or a closed trade."""
    tr = _translations(request)
    title = _text(tr, _GATEWAY_NAMES[trade.gateway])
    if trade.state is TradeState.CLOSED:
        return _page(tr, 200, title, _facts(tr, trade) + f"<p>{_text(tr, 'payments.simulator.closed')}</p>")
    options = "".join(
        f'<option value="{fault.value}">{_text(tr, f"payments.simulator.fault.{fault.value}")}</option>'
        for fault in NotificationFault
    )
    form = (
        f'<form method="post"><button>{_text(tr, "payments.simulator.pay", amount=yuan_of(trade.amount_fen))}</button>'
        f"<details><summary>{_text(tr, 'payments.simulator.notification')}</summary>"
        f'<label>{_text(tr, "payments.simulator.fault")} <select name="fault">{options}</select></label>'
        "</details></form>"
    )
    return _page(tr, 200, title, _facts(tr, trade) + form)


def paid(request: Request, trade: Trade, return_url: str) -> Response:
    """The page after paying; a link back instead of a redirect, so that a person sees what happened."""
    tr = _translations(request)
    key = "payments.simulator.paid" if trade.state is TradeState.PAID else "payments.simulator.closed"
    link = ""
    if return_url.startswith(("http://", "https://")):
        link = f'<a class="button" href="{escape(return_url)}">{_text(tr, "payments.simulator.back")}</a>'
    return _page(tr, 200, _text(tr, key), _facts(tr, trade) + link)


def unknown(request: Request) -> Response:
    tr = _translations(request)
    return _page(tr, 404, _text(tr, "payments.simulator.unknown"), "")


def only_in_wechat(request: Request) -> Response:
    tr = _translations(request)
    return _page(tr, 200, _text(tr, "payments.simulator.only_in_wechat"), "")


def authorization_wrong(request: Request) -> Response:
    """The page of a link to WeChat with wrong values."""
    tr = _translations(request)
    return _page(tr, 400, _text(tr, "payments.simulator.wrong_values"), "")


def chosen_fault(request: Request) -> NotificationFault | None:
    """Return the fault chosen in the form; None if the simulator chooses."""
    chosen = parse_qs(request.body.decode()).get("fault", [""])[0]
    return NotificationFault(chosen) if chosen not in ("", NotificationFault.NONE.value) else None


def _row(tr: Translations, trade: Trade) -> str:
    link = f'<a href="/pay/{trade.gateway}/{escape(trade.number)}">{escape(trade.number)}</a>'
    state = _text(tr, f"payments.simulator.state.{trade.state.value}")
    return f"<tr><td>{link}</td><td>¥{yuan_of(trade.amount_fen)}</td><td>{state}</td></tr>"


def _facts(tr: Translations, trade: Trade) -> str:
    return (
        f'<p class="amount">¥{yuan_of(trade.amount_fen)}</p><dl>'
        f"<dt>{_text(tr, 'payments.simulator.item')}</dt><dd>{escape(trade.description)}</dd>"
        f"<dt>{_text(tr, 'payments.simulator.number')}</dt><dd>{escape(trade.number)}</dd></dl>"
    )


def _page(tr: Translations, status: int, title: str, content: str) -> Response:
    text = (
        f'<!doctype html><html lang="{tr.language.replace("_", "-")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>SIMULATED {title}</title>'
        f"<style>{_STYLE}</style></head><body>"
        f"<header>{_text(tr, 'payments.simulator.banner')}</header><main><h1>{title}</h1>{content}</main></body></html>"
    )
    return Response(status, "text/html; charset=utf-8", text.encode())


def _text(tr: Translations, key: str, **values: object) -> str:
    return escape(tr.translate(key, **values))


def _translations(request: Request) -> Translations:
    preferred = request.headers.get("accept-language", "")
    return translations("zh_CN" if preferred.lower().startswith("zh") else FALLBACK)
