"""`zhengguan server demo`: run a server with a fictional school."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server.core.management.server_command import ServerCommand
from server.core.management.serving import add_serving_options, serve_or_fail

HOME_PAGE: Final = "/account/start?campaign=zgdemo"

if TYPE_CHECKING:
    from server.demo import Demo


class Command(ServerCommand):
    help = "serve with an invented school, for trying out"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_serving_options(parser)
        parser.add_argument(
            "--payment-required",
            choices=("never", "before_capture", "before_review", "before_delivery"),
            default="before_delivery",
            help="when a new demo campaign has to be paid (default: before_delivery)",
        )
        parser.add_argument("--ready-file", type=Path, help="written as JSON when the server answers")

    def run(self, options: argparse.Namespace) -> int:
        from django.conf import settings
        from django.utils import timezone

        from server.demo import create_demo_data
        from server.secrets.private_files import write_private
        from server.stations.pairing import new_pairing_code

        simulator = getattr(options, "payment_simulator", "")  # server.cli starts it
        demo = create_demo_data(settings.DATA, timezone.now(), options.payment_required)
        code = new_pairing_code(timezone.now())

        def on_ready(url: str) -> None:
            self._print_addresses(url, demo, code)
            if simulator:
                self.print(f"  payments:     {simulator}/   simulated; pay there by a click")
            if options.ready_file:
                facts = {
                    "url": url,
                    "pairing_code": code,
                    "cards": str(demo.cards),
                    "reviewer": demo.reviewer,
                    "password": demo.password,
                    "data": str(settings.DATA),
                    "payment_simulator": simulator,
                    "home_page": url + HOME_PAGE,
                    "at_home": demo.at_home,
                    "sms_codes": str(settings.NOTICES),
                }
                write_private(options.ready_file.resolve(), json.dumps(facts, ensure_ascii=False))

        serve_or_fail(options, on_ready)
        return 0

    def _print_addresses(self, url: str, demo: Demo, code: str) -> None:
        from django.conf import settings

        self.print(f"Zhengguan demo server: {url}")
        self.print(f"  review:       {url}/review/   user {demo.reviewer}   password {demo.password}")
        self.print(f"  pairing code: {code}")
        self.print(f"  cards:        {demo.cards}")
        self.print(f"  at home:      {url}{HOME_PAGE}   capture code and last four of {demo.at_home}")
        self.print(f"  SMS codes:    {settings.NOTICES}   a demo sends nothing")
