"""`zhengguan server check`: print the results of the checks, one line each, for the administrator."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "check the installation: address, proxy, folder, keys, disk, database"
    needs_database = False  # the check changes nothing

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--ca", type=Path, help="certificate file to trust when the public address is opened")

    def run(self, options: argparse.Namespace) -> int:
        """Return 1 if a check failed; 0 if everything is fine or there are only warnings."""
        from server.http.public_address_check import OWN_CA
        from server.installation_check import Level, check_installation

        failed = False
        for result in check_installation(options.ca or (OWN_CA if OWN_CA.exists() else None)):
            failed = failed or result.level is Level.FAILURE
            self.print(f"{result.level.upper():8} {result.message}")
        return int(failed)
