"""`zhengguan server reset-second-factor`: let an administrator set up another second factor."""

from __future__ import annotations

import argparse

from config.errors import Problem
from server.core.management.server_command import ServerCommand


class Command(ServerCommand):
    help = "let an administrator whose phone is lost set up another one"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name")

    def run(self, options: argparse.Namespace) -> int:
        from django.contrib.auth import get_user_model

        from server.second_factor.factor import reset

        user = get_user_model().objects.filter(username=options.name).first()
        if user is None:
            raise Problem("members.unknown", name=options.name)
        reset(user)
        self.print_message("second_factor.was_reset", name=options.name)
        return 0
