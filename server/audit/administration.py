"""Record changes made in Django's administration in the audit log."""

from __future__ import annotations

from typing import Any

from server.audit.models import Action
from server.audit.record import record


def record_admin_change(sender: Any, instance: Any, created: bool, **signal: Any) -> None:
    """Record which object was changed. `instance` is Django's own log entry; its text may contain names and is not
    copied."""
    if created:
        kind = str(instance.content_type) if instance.content_type else "-"
        subject = f"{kind} {instance.object_id}"
        record(Action.RECORD_CHANGED, subject, user=instance.user, kind_of_change=instance.get_action_flag_display())
