"""The source of an import, and its records in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from server.audit.models import Action, Event
from server.audit.record import record
from server.records.models import Campaign
from server.records.roster_import.import_plan import Change, ImportPlan, mask_value
from server.records.roster_import.row import count_reasons


@dataclass(frozen=True)
class ImportSource:
    """The source of an import, for the audit log. On the command line there is no request."""

    file_name: str = ""
    request: HttpRequest | None = None
    sha256: str = ""
    contacts_agreed: bool = False
    """The clerk reports that the students agreed to notices at the addresses of the file."""


def record_import(campaign: Campaign, planned: ImportPlan, origin: ImportSource) -> None:
    """Record the import in the audit log."""
    record(
        Action.ROSTER_IMPORTED,
        campaign.pk,
        request=origin.request,
        file=origin.file_name[:120],
        sha256=origin.sha256,
        created=len(planned.created),
        changed=len(planned.changed),
        unchanged=planned.unchanged,
        missing=len(planned.missing),
        bad=dict(count_reasons(planned.bad_lines)),
        contacts_agreed=origin.contacts_agreed,
        by="page" if origin.request is not None else "command",
    )


def audit_events(planned: ImportPlan, origin: ImportSource) -> list[Event]:
    """Return an audit event for every changed student: names masked, numbers as their last four characters."""
    user: Any = getattr(origin.request, "user", None)
    return [
        Event(action=Action.RECORD_CHANGED, user=user, subject=f"student {change.student.id}", details=_details(change))
        for change in planned.changed
    ]


def _details(change: Change) -> dict[str, object]:
    changes = {column: [mask_value(column, value) for value in values] for column, values in change.columns.items()}
    return {"by": "roster", "line": change.row.line, **changes}
