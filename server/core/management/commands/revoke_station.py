"""`zhengguan server revoke`: revoke a station's access."""

from __future__ import annotations

import argparse

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "revoke a station's access"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("station", help="its name or id")

    def run(self, options: argparse.Namespace) -> int:
        from django.db.models import Q
        from django.utils import timezone

        from server.stations.models import Station
        from server.stations.pairing import revoke

        named = Q(name=options.station) | Q(id=options.station)
        stations = list(Station.objects.filter(named, revoked_at=None))
        if len(stations) != 1:
            raise Problem("stations.ambiguous", name=options.station, count=len(stations))
        revoke(stations[0], timezone.now())
        self.print_message("stations.revoked", name=stations[0].name)
        return 0
