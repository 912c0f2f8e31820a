"""`zhengguan server change-keys`: encrypt every secret with the key file's first key."""

from __future__ import annotations

import argparse

from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "encrypt every secret again with the key file's first key"

    def run(self, options: argparse.Namespace) -> int:
        from server.secrets.key_rotation import reencrypt_everything

        self.print_message("keys.reencrypted", count=reencrypt_everything())
        return 0
