"""`zhengguan server new-keys`: write a key file with the keys of the data folder."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import platformdirs

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "write a key file for [server] keys or systemd-creds, with the keys of the data folder"
    needs_database = False
    needs_settings = False  # on a new machine the settings may name a key file that does not exist yet

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="outside the data folder; - writes to standard output")

    def run(self, options: argparse.Namespace) -> int:
        from server.secrets.key_store import new_key_file

        text = new_key_file(_data_folder() / "keys")
        if str(options.file) == "-":
            self.stdout.write(text)
            return 0
        write_new_file(options.file, text.encode("ascii"))
        self.print_message("keys.made", path=options.file.resolve())
        return 0


def _data_folder() -> Path:
    from config.settings.server import server_settings

    settings_file = os.environ.get("ZHENGGUAN_SERVER_CONFIG")
    named = os.environ.get("ZHENGGUAN_SERVER_DATA")
    named = named or server_settings(Path(settings_file) if settings_file else None).server.data
    return Path(named) if named else platformdirs.user_data_path("zhengguan") / "server"


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file that only this user can read. Raises Problem: keys.exists, keys.not_written."""
    from server.secrets.private_files import write_whole

    try:
        write_whole(path, content)
    except FileExistsError as error:
        raise Problem("keys.exists", path=path) from error
    except OSError as error:
        raise Problem("keys.not_written", path=path, why=error.strerror) from error
