"""`zhengguan server seal-keys`: write the keys to a file that only the recovery key or a passphrase opens."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "write the keys, sealed with age, to a file to keep apart from the server"
    needs_database = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write; it must not exist")
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--for", dest="recipient", metavar="AGE1...", help="the recovery key's public part")
        how.add_argument("--passphrase-file", type=Path, metavar="FILE", help="a file with the passphrase alone")

    def run(self, options: argparse.Namespace) -> int:
        from django.conf import settings

        from server.audit.models import Action
        from server.audit.record import record
        from server.backup.age import seal_for_key, seal_with_passphrase
        from server.core.management.commands.new_keys import write_new_file
        from server.delivery.encryption import check_recipient
        from server.secrets.key_store import key_file_of
        from server.secrets.secret_file import read_secret_file

        keys = key_file_of(settings.KEY_STORE)
        if options.recipient:
            sealed = seal_for_key(keys, check_recipient(options.recipient))
        else:
            passphrase = read_secret_file(options.passphrase_file, "backup.secret_unreadable")
            sealed = seal_with_passphrase(keys, passphrase)
        write_new_file(options.file, sealed)
        record(Action.KEYS_SEALED, options.file.name)
        self.print_message("backup.keys_sealed", path=options.file.resolve())
        return 0
