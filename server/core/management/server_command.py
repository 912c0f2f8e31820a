"""Base class of the server's commands: exit codes, one-sentence errors, database migration."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.errors import Problem
from config.garbage_collection import paused_for_imports
from config.i18n import FALLBACK, translations


class ServerCommand(BaseCommand):
    """A command whose `run` returns the exit code and raises Problem.

    Subclasses import models inside `run`, because `zhengguan server` builds its parsers before Django is set up.
    """

    requires_system_checks = []
    needs_settings = True
    needs_database = True  # migrate the database and check the keys before `run`

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""

    def run(self, options: argparse.Namespace) -> int:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run as `python -m django NAME` does; `server.cli` calls `prepare_and_run`."""
        try:
            status = self.prepare_and_run(argparse.Namespace(**options))
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        if status:
            sys.exit(status)

    def prepare_and_run(self, options: argparse.Namespace) -> int:
        if self.needs_database:
            with paused_for_imports():
                from server.http.serve import prepare

            prepare()
        return self.run(options)

    def print_message(self, key: str, /, **values: object) -> None:
        self.print(translations(FALLBACK).translate(key, **values))

    def print(self, message: object) -> None:
        """Write one line and flush it, so that a reader at the other end of a pipe receives it immediately."""
        self.stdout.write(str(message))
        self.stdout.flush()
