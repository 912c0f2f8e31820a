"""`zhengguan server createreviewer`: make a user who reviews."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from config.errors import Problem
from server.core.management.scope_options import add_scope_options
from server.core.management.server_command import ServerCommand

if TYPE_CHECKING:
    from server.records.scope import Scope


class Command(ServerCommand):
    help = "create a reviewer; asks for the password"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name")
        add_scope_options(parser, "they see")
        parser.add_argument("--clerk", action="store_true", help="may also use the clerk's pages for them")
        parser.add_argument("--retoucher", action="store_true", help="may also retouch portraits for them")
        parser.add_argument("--delivery", action="store_true", help="may also deliver portraits to the school for them")
        parser.add_argument(
            "--admin", action="store_true", help="may also make campaigns, pair stations, import rosters"
        )

    def run(self, options: argparse.Namespace) -> int:
        from django.contrib.auth import get_user_model
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError

        from server.members.models import Role
        from server.members.roles import create_reviewer, grant_role
        from server.members.scope import scope_of
        from server.records.scope import Scope

        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
        except ValidationError as error:
            raise Problem("members.password", why=" ".join(error.messages)) from error
        user = create_reviewer(options.name, password, options.admin, _reviewer_scope(options))
        for role in (Role.CLERK, Role.RETOUCHER, Role.DELIVERY):
            if getattr(options, role.value):
                grant_role(user, role, scope_of(user))
        if options.admin:
            self.print_message("members.second_factor", name=options.name)
        elif scope_of(get_user_model().objects.get(username=options.name)) == Scope():
            self.print_message("members.no_scope", name=options.name)
        return 0


def _reviewer_scope(options: argparse.Namespace) -> Scope | None:
    """Return the scope that the options name; None leaves it unchanged.

    Without options a new reviewer gets the server's only school, or nothing while there is none.
    """
    from django.contrib.auth import get_user_model

    from server.records.models import School
    from server.records.scope import Scope, parse_scope

    named = options.all or options.school or options.campaign
    if not named and (options.admin or get_user_model().objects.filter(username=options.name).exists()):
        return None
    if not named and not School.objects.exists():
        return Scope()
    return parse_scope(options.all, options.school, options.campaign)
