"""The simulator without its socket: both gateways, the page to pay on, and the control interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from server.payments.simulator import pages, storage, wallet, wechat_account
from server.payments.simulator.alipay_protocol import AlipayProtocol
from server.payments.simulator.faults import ANY, CallFault, Faults, NotificationFault, PlannedFault
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.messages import Request, Response, json_response
from server.payments.simulator.notifier import Delivery, Notifier
from server.payments.simulator.schedule import Schedule
from server.payments.simulator.trades import Refusal, Refused, Trade, Trades, TradeState
from server.payments.simulator.wechat_account import WeChatAccountProtocol
from server.payments.simulator.wechat_protocol import WeChatProtocol

CONTROL: Final = "/simulator/"


class Simulator:
    """`url` is its address for merchant and buyers; `stored` is the file for its trades."""

    def __init__(self, keys: SimulatorKeys, url: str, speed: float, stored: Path | None = None) -> None:
        self.trades, self.faults = Trades(), Faults()
        self.schedule = Schedule(speed)
        self.notifier = Notifier(self.schedule)
        self.wechat = WeChatProtocol(keys, self.trades, self.faults, self.schedule, self.notifier, url)
        self.alipay = AlipayProtocol(keys, self.trades, self.faults, self.notifier, url)
        self.account = WeChatAccountProtocol(keys, self.faults, self.trades.now)
        self._keys, self._stored = keys, stored
        self.trades.restore(storage.load(stored) if stored else [])

    def respond(self, request: Request) -> Response:
        """Respond to a request of a merchant, a buyer or a test. Raises Cut and Silent."""
        try:
            return self._respond(request)
        finally:
            if request.method == "POST":
                self.save()

    def save(self) -> None:
        """Write the trades into the file, if there is one."""
        if self._stored is not None:
            with self.trades.lock:
                storage.save(self.trades.all(), self._stored)

    def _respond(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/v3/"):
            return self.wechat.respond(request)
        if path == "/gateway.do":
            return self.alipay.respond(request)
        if path == "/alipay/bill":
            return self.alipay.download(request.query["token"])
        if path == wechat_account.AUTHORIZE_PATH:
            return self.account.authorize(request)
        if path == wechat_account.TOKEN_PATH:
            return self.account.token(request)
        if path == wallet.PATH:
            return wallet.open_payment(self._keys, request)
        if path.startswith(CONTROL):
            return self._control(path.removeprefix(CONTROL), json.loads(request.body or b"{}"))
        if path == "/":
            return pages.index(request, self.trades.all())
        if path.startswith("/pay/"):
            return self._page(request, *path.removeprefix("/pay/").split("/", 1))
        return json_response(404, {"error": "no such page"})

    def pay(self, gateway: str, number: str, amount_fen: int | None, fault: NotificationFault | None) -> None:
        """Pay a trade as its buyer; without `fault`, `self.faults` chooses that of the notification. Raises Refused."""
        chosen = self.faults.next_notification() if fault is None else fault
        (self.wechat if gateway == "wechat" else self.alipay).pay(number, amount_fen, chosen)

    def _page(self, request: Request, gateway: str, number: str) -> Response:
        try:
            trade = self.trades.scan(gateway, number)
            if request.method == "POST":
                self.pay(gateway, number, None, pages.chosen_fault(request))
        except Refused as refused:
            if refused.refusal is Refusal.UNKNOWN:
                return pages.unknown(request)
        if request.method == "POST" or trade.state is TradeState.PAID:
            return pages.paid(request, trade, self._return_url(request, trade))
        return pages.payment(request, trade)

    def _return_url(self, request: Request, trade: Trade) -> str:
        """Return the page to go back to: WeChat Pay takes it from the link, Alipay from the signed request."""
        if trade.product in ("h5", "jsapi"):
            return request.query.get("redirect_url", "")
        if not trade.return_url or trade.state is not TradeState.PAID:
            return trade.return_url
        separator = "&" if "?" in trade.return_url else "?"
        return f"{trade.return_url}{separator}{self.alipay.messages.return_parameters(trade)}"

    def _control(self, command: str, content: Mapping[str, Any]) -> Response:
        commands: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "pay": self._pay_on_command,
            "scan": lambda c: {"state": self.trades.scan(self._gateway(c["number"]), c["number"]).state},
            "forge": lambda c: self.forge(c["number"]),
            "fault": self._plan_fault,
            "random": lambda c: self.faults.set_random(int(c["seed"]), float(c["share"])),
            "clear": lambda c: self.faults.clear(),
            "advance": lambda c: self.schedule.advance(float(c["seconds"])),
            "rotate": lambda c: self.wechat.messages.rotate(),
            "wechat_user": self._set_wechat_user,
            "state": lambda c: None,
        }
        if command not in commands:
            return json_response(404, {"error": "no such command", "commands": sorted(commands)})
        try:
            result = commands[command](content)
        except Refused as refused:
            return json_response(409, {"refused": refused.refusal.value})
        except (KeyError, ValueError, TypeError) as error:
            return json_response(400, {"error": str(error)})
        return json_response(200, result if result is not None else self.state())

    def state(self) -> dict[str, Any]:
        return {
            "simulated": True,
            "trades": {trade.number: asdict(trade) for trade in self.trades.all()},
            "notifications": self.notifier.sent(),
        }

    def _pay_on_command(self, content: Mapping[str, Any]) -> dict[str, Any]:
        number, fault = content["number"], content.get("notification")
        gateway = self._gateway(number)
        self.pay(gateway, number, content.get("amount_fen"), NotificationFault(fault) if fault else None)
        return {"paid_fen": self.trades.find(gateway, number).paid_fen}

    def forge(self, number: str) -> None:
        """Send a notification with a forged signature that an unpaid trade is paid. Raises Refused."""
        trade = self.trades.find(self._gateway(number), number)
        fake = replace(trade, state=TradeState.PAID, paid_fen=trade.amount_fen, paid_at=self.trades.now())
        fake.transaction_id = self.trades.new_identifier("66")
        messages = self.wechat.messages if trade.gateway == "wechat" else self.alipay.messages
        fault = NotificationFault.FORGED
        delivery = Delivery(trade.notify_url, lambda: messages.payment(fake, fault), lambda *_: True, (), fault)
        self.notifier.notify(delivery)

    def _set_wechat_user(self, content: Mapping[str, Any]) -> None:
        self.account.openid = str(content["openid"])
        self.account.is_snapshot = bool(content.get("snapshot", False))

    def _plan_fault(self, content: Mapping[str, Any]) -> None:
        fault = CallFault(content["fault"])
        gateway, operation = content.get("gateway", ANY), content.get("operation", ANY)
        self.faults.plan(PlannedFault(gateway, operation, fault, int(content.get("times", 1))))

    def _gateway(self, number: str) -> str:
        for trade in self.trades.all():
            if trade.number == number:
                return trade.gateway
        raise Refused(Refusal.UNKNOWN)
