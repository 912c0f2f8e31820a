"""`zhengguan server pair-code`: make a one-time code for pairing a station."""

from __future__ import annotations

import argparse

from server.core.management.scope_options import add_scope_options
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "make a one-time code for pairing a station"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_scope_options(parser, "the station gets")

    def run(self, options: argparse.Namespace) -> int:
        from django.utils import timezone

        from server.records.scope import parse_scope
        from server.stations.pairing import new_pairing_code

        scope = parse_scope(options.all, options.school, options.campaign)
        self.print(new_pairing_code(timezone.now(), scope))
        return 0
