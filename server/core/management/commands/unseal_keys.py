"""`zhengguan server unseal-keys`: make the key file of a new server from sealed keys."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "write a key file from sealed keys, before a backup is restored on a new server"
    needs_database = False
    needs_settings = False  # the settings may name the key file that is about to be written

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("sealed", type=Path, help="server-keys.age next to the backups, or the file of seal-keys")
        parser.add_argument("file", type=Path, help="the key file to write, outside the data folder")
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--identity", type=Path, metavar="FILE", help="the recovery key's secret part")
        how.add_argument("--passphrase-file", type=Path, metavar="FILE", help="a file with the passphrase alone")

    def run(self, options: argparse.Namespace) -> int:
        from server.backup.age import open_with_key, open_with_passphrase
        from server.core.management.commands.new_keys import write_new_file
        from server.secrets.secret_file import read_secret_file

        secret = read_secret_file(options.identity or options.passphrase_file, "backup.secret_unreadable")
        try:
            sealed = options.sealed.read_bytes()
        except OSError as error:
            raise Problem("backup.secret_unreadable", file=options.sealed, why=error.strerror) from error
        keys = open_with_key(sealed, secret) if options.identity else open_with_passphrase(sealed, secret)
        write_new_file(options.file, keys)
        self.print_message("keys.made", path=options.file.resolve())
        return 0
