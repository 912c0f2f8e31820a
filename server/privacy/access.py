"""Access to the pages of data protection: administrators may open all of them, clerks only those of the requests."""

from __future__ import annotations

from typing import Any, Final

from server.core.access import require
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.records.scope import Scope


def administers(user: Any) -> bool:
    return has_role(user, Role.ADMINISTRATOR)


def answers_requests(user: Any) -> bool:
    return has_role(user, Role.CLERK, Role.ADMINISTRATOR)


def administered_scope(user: Any) -> Scope:
    return request_scope(user, Role.ADMINISTRATOR)


def answered_scope(user: Any) -> Scope:
    return request_scope(user, Role.CLERK, Role.ADMINISTRATOR)


require_administrator: Final = require(administers, Role.ADMINISTRATOR)
require_answering: Final = require(answers_requests, Role.CLERK, Role.ADMINISTRATOR)
