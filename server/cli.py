"""`zhengguan server`: run the server, try it, pair stations, import rosters.

The commands themselves are Django management commands, in server/core/management/commands.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import platformdirs

from config.errors import Problem
from config.garbage_collection import paused_for_imports
from server.core.management.server_command import ServerCommand

_COMMANDS: Final = {  # name on the command line: management command
    "run": "run",
    "worker": "run_worker",
    "demo": "demo",
    "check": "check_installation",
    "pair-code": "pair_code",
    "import-roster": "import_roster",
    "revoke": "revoke_station",
    "createreviewer": "createreviewer",
    "new-keys": "new_keys",
    "change-keys": "change_keys",
    "backup": "backup",
    "restore": "restore",
    "scrub": "scrub",
    "proof-key": "proof_key",
    "seal-keys": "seal_keys",
    "unseal-keys": "unseal_keys",
    "reset-second-factor": "reset_second_factor",
    "show": "show_submission",
    "erase": "erase",
    "breach": "breach",
    "payment-simulator": "payment_simulator",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    with paused_for_imports():
        commands = {name: _load_command(module) for name, module in _COMMANDS.items()}
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the terminal cannot show is replaced
    options = _parser(commands).parse_args(arguments)
    if options.command == "demo" and not options.data:
        options.data = platformdirs.user_data_path("zhengguan") / "demo-server"
    if options.data:
        os.environ["ZHENGGUAN_SERVER_DATA"] = str(options.data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
    try:
        if options.command == "demo":
            _start_payment_simulator(options)
        return _run_command(commands[options.command], options)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # the reader of the pipe has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        storage = _storage_error_message(error)
        if storage is None:
            raise
        sys.stderr.write(f"{storage}\n")
    return 1


def _start_payment_simulator(options: argparse.Namespace) -> None:
    """Start the payment simulator of the demo. The processes of the server inherit the environment variable."""
    from server.payments.simulator.child import start_simulator

    simulator = start_simulator(options.data / "payment-simulator", options.host)
    os.environ["ZHENGGUAN_SERVER_PAYMENTS"] = str(simulator.settings_file)
    options.payment_simulator = simulator.url


def _load_command(module: str) -> ServerCommand:
    command: ServerCommand = import_module(f"server.core.management.commands.{module}").Command(no_color=True)
    return command


def _run_command(command: ServerCommand, options: argparse.Namespace) -> int:
    if command.needs_settings:
        import django

        with paused_for_imports():
            django.setup()
    return command.prepare_and_run(options)


def _storage_error_message(error: Exception) -> Problem | None:
    """Return what a person can do about a disk or database error; None for any other error.

    Django is imported here because the settings themselves may have failed, for example to create the data folder.
    """
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    from server.core.storage_errors import is_unreachable, storage_reason

    try:
        if is_unreachable(error):
            return Problem("server.database.unreachable", why=" ".join(str(error).split()))
        reason = storage_reason(error)
    except (ImproperlyConfigured, OSError):  # OSError: the settings cannot create or open the data folder, again
        reason = None
    if reason in ("disk_full", "busy"):
        return Problem(f"server.{reason}")
    if isinstance(error, OSError | DatabaseError):
        return Problem("server.storage", why=str(error))
    return None


def _parser(commands: dict[str, ServerCommand]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zhengguan server", description="Run the server, try it, pair stations, import rosters."
    )
    folder = "folder for database, pictures and keys"
    parser.add_argument("--data", type=Path, help=folder)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, command in commands.items():
        subparser = subparsers.add_parser(name, help=command.help, description=command.help)
        subparser.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=folder)
        command.add_arguments(subparser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
