"""Who may open the pages of revocations: administrators, for the submissions of their campaigns."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from server.core.access import require, require_permission
from server.members.models import Role
from server.members.scope import has_role, request_scope, roles_in
from server.records.models import Campaign
from server.submissions.models import REVIEW_PERMISSION, Submission
from server.submissions.visibility import submissions_in


def is_administrator(user: Any) -> bool:
    return has_role(user, Role.ADMINISTRATOR)


def may_administer(user: Any, campaign: Campaign) -> bool:
    return Role.ADMINISTRATOR in roles_in(user, campaign)


def administered(user: Any) -> QuerySet[Submission]:
    """Return the submissions that the user may revoke or whose appeals they answer."""
    return submissions_in(request_scope(user, Role.ADMINISTRATOR))


def _may_see_submissions(user: Any) -> bool:
    """Administrators see the portrait that they revoke."""
    return bool(user.has_perm(REVIEW_PERMISSION)) or is_administrator(user)


require_reviewer: Final = require_permission(REVIEW_PERMISSION, Role.REVIEWER)
require_administrator: Final = require(is_administrator, Role.ADMINISTRATOR)
require_reviewer_or_administrator: Final = require(_may_see_submissions, Role.REVIEWER, Role.ADMINISTRATOR)
