"""Check that every fen of many orders is accounted for, with random faults in calls and notifications.

Run: python -m tests.bench.payments [ORDERS] [SEED]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from collections import Counter
from itertools import zip_longest
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from config.settings.payment_gateways import AlipaySettings, WeChatPaySettings
from server.http.serve import prepare
from server.payments import notifications
from server.payments.gateways.base import Gateway
from server.payments.gateways.configured import alipay_gateway, wechat_gateway
from server.payments.models import Order, Payment
from server.payments.refund_models import Refund
from server.payments.simulator.http_server import create_server, run_in_thread
from server.payments.simulator.keys import simulator_keys
from server.payments.simulator.merchant import merchant_settings
from tests.server.payments.gateways.ledger_run import LedgerRun, all_problems


def main() -> int:
    orders, seed = (int(value) if value else default for value, default in zip_longest(sys.argv[1:3], (2000, 1)))
    prepare()
    folder = Path(tempfile.mkdtemp(prefix="zhengguan-bench-"))
    server = create_server(simulator_keys(folder), "127.0.0.1", 0, speed=0)
    run_in_thread(server)
    payments = merchant_settings(folder, server.url)
    gateways: dict[str, Gateway] = {
        "wechat": wechat_gateway(WeChatPaySettings.model_validate(payments["wechat"])),
        "alipay": alipay_gateway(AlipaySettings.model_validate(payments["alipay"])),
    }
    notifications.configured_gateways = lambda: gateways  # type: ignore[attr-defined]
    began, cpu = time.monotonic(), time.process_time()
    run = LedgerRun(server, gateways, seed).of(orders)
    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu
    print(f"{orders} orders, seed {seed}: {seconds:.0f} s, {cpu_seconds / orders * 1000:.0f} ms CPU an order")
    print("orders       ", dict(Counter(Order.objects.values_list("state", flat=True))))
    print("payments     ", dict(Counter(Payment.objects.values_list("gateway", "state"))))
    print("refunds      ", dict(Counter(Refund.objects.values_list("state", flat=True))))
    print("notifications", dict(Counter(one["fault"] for one in run.simulator.notifier.sent())))
    print("responses    ", run.answers, f"; paid before any query: {run.paid_by_notification}")
    problems = all_problems(run)
    print("problems     ", problems or "none: every fen is accounted for")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
