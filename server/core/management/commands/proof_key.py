"""`zhengguan server proof-key`: the keys by which third parties verify portraits."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from server.core.days import day
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "export the school's public keys for third parties, replace the school's key, or revoke those of a station"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="write school.pub and revoked.json")
        export.add_argument("folder", type=Path, help="where to write them; existing ones are replaced")
        actions.add_parser("rotate", help="use a new key from now on; what the earlier ones signed stays valid")
        revoke = actions.add_parser("revoke", help="reject what a station signed after a day")
        revoke.add_argument("station", help="its name or id")
        revoke.add_argument("--last-day", type=day, required=True, metavar="2026-05-20")

    def run(self, options: argparse.Namespace) -> int:
        actions = {"export": self._export, "rotate": self._rotate, "revoke": self._revoke}
        return actions[options.action](options)

    def _export(self, options: argparse.Namespace) -> int:
        from django.utils import timezone

        from kiosk.capture.proof.keys import fingerprint, key_file
        from server.proof.school_key import KEY_FILE_NAME, school_key, school_public_keys
        from server.proof.station_keys import REVOCATION_FILE_NAME, revocation_file

        now = timezone.now()
        key = school_key(now)
        content = {
            KEY_FILE_NAME: key_file(school_public_keys()).encode(),
            REVOCATION_FILE_NAME: revocation_file(key, now),
        }
        try:
            options.folder.mkdir(parents=True, exist_ok=True)
            for name, data in content.items():
                (options.folder / name).write_bytes(data)
        except OSError as error:
            raise Problem("keys.not_written", path=options.folder, why=error.strerror) from error
        self.print_message("proof.exported", folder=options.folder.resolve(), fingerprint=fingerprint(key.public))
        return 0

    def _rotate(self, options: argparse.Namespace) -> int:
        from django.conf import settings
        from django.utils import timezone

        from kiosk.capture.proof.keys import fingerprint
        from server.proof.school_key import KEY_NAME, school_key

        school_key(timezone.now())  # the present key is recorded before it is replaced
        settings.KEY_STORE.replace(KEY_NAME)
        self.print_message("proof.rotated", fingerprint=fingerprint(school_key(timezone.now()).public))
        return 0

    def _revoke(self, options: argparse.Namespace) -> int:
        from django.db.models import Q

        from server.proof.station_keys import revoke_since
        from server.stations.models import Station

        stations = list(Station.objects.filter(Q(name=options.station) | Q(id=options.station)))
        if len(stations) != 1:
            raise Problem("stations.ambiguous", name=options.station, count=len(stations))
        count = revoke_since(stations[0], options.last_day)
        self.print_message("proof.keys_revoked", name=stations[0].name, day=options.last_day.isoformat(), count=count)
        return 0
