"""`zhengguan server payment-simulator`: WeChat Pay and Alipay without money, for trying out and for tests."""

from __future__ import annotations

import argparse

from server.core.management.server_command import ServerCommand
from server.payments.simulator.options import add_options


class Command(ServerCommand):
    help = "run simulated payment gateways; no money moves"
    needs_database = False
    needs_settings = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        from server.payments.simulator.__main__ import run

        return run(options)
