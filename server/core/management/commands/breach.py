"""`zhengguan server breach`: list the students whose data a station or a user had access to, as CSV."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

from config.errors import Problem
from config.i18n import FALLBACK, translations
from server.core.days import day
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "write a CSV list of the students whose data a station or a user had access to"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--station", help="its name or id")
        source.add_argument("--user", help="name of the user")
        parser.add_argument("--since", type=day, help="first day, as 2026-05-04")
        parser.add_argument("--until", type=day, help="last day, inclusive")

    def run(self, options: argparse.Namespace) -> int:
        from server.audit.models import Action
        from server.audit.record import record
        from server.privacy import breach
        from server.privacy.tables_out import csv_bytes
        from server.privacy.views_of_data import start_of

        since, until = options.since, options.until
        end = start_of(until + timedelta(days=1)) if until else None
        period = breach.Period(start_of(since) if since else None, end)
        source = _station(options.station) if options.station else _user(options.user)
        exposures = list((breach.of_station if options.station else breach.of_user)(source, period))
        words = translations(FALLBACK)
        titles = [words.translate(f"privacy.column.{name}") for name in breach.COLUMNS]
        record(Action.BREACH_LISTED, str(source), rows=len(exposures))
        self.print(csv_bytes(titles, (one.cells(words) for one in exposures)).decode().rstrip())
        return 0


def _station(name: str) -> Any:
    from django.db.models import Q

    from server.stations.models import Station

    stations = list(Station.objects.filter(Q(name=name) | Q(id=name)))
    if len(stations) != 1:
        raise Problem("privacy.station_unclear", name=name, count=len(stations))
    return stations[0]


def _user(name: str) -> Any:
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise Problem("members.unknown", name=name)
    return user
