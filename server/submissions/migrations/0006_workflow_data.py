"""Approved becomes confirmed, reasons become rows, and submissions that wait for review are ordered by their verdicts."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def unprotect_audit_log(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers that forbid changes; server.audit.append_only creates them again after the migrations."""
    on_table = " ON submissions_auditentry" if schema_editor.connection.vendor == "postgresql" else ""
    for operation in ("UPDATE", "DELETE"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS submissions_auditentry_no_{operation}{on_table}")


def _rename_state(apps: Apps, old: str, new: str) -> None:
    apps.get_model("submissions", "Submission").objects.filter(state=old).update(state=new)
    entries = apps.get_model("submissions", "AuditEntry").objects
    entries.filter(from_state=old).update(from_state=new)
    entries.filter(to_state=old).update(to_state=new)


def approved_to_confirmed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename_state(apps, "approved", "confirmed")


def confirmed_to_approved(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename_state(apps, "confirmed", "approved")


def columns_to_reasons(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Submission, Reason, AuditEntry = (apps.get_model("submissions", n) for n in ("Submission", "Reason", "AuditEntry"))
    given = Submission.objects.exclude(reason="", comment="").values_list("pk", "reason", "comment")
    for pk, code, comment in list(given):
        entry = AuditEntry.objects.filter(submission=pk, to_state="rejected").order_by("id").last()
        Reason.objects.create(submission_id=pk, entry=entry, code=code or "other", comment=comment)


def reasons_to_columns(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Submission, Reason = (apps.get_model("submissions", name) for name in ("Submission", "Reason"))
    for reason in Reason.objects.order_by("-id"):  # the first one of several is written last and stays
        Submission.objects.filter(pk=reason.submission_id).update(reason=reason.code, comment=reason.comment)


def mark_suspicious(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("submissions", "Submission").objects
    for pk in list(rows.filter(state="received").values_list("pk", flat=True)):
        envelope: dict[str, Any] = rows.values_list("envelope", flat=True).get(pk=pk)
        if any(verdict.get("outcome") in ("fail", "unsure") for verdict in envelope.get("verdicts", ())):
            rows.filter(pk=pk).update(suspicious=True)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_workflow")]

    operations = [
        migrations.RunPython(unprotect_audit_log, unprotect_audit_log),
        migrations.RunPython(approved_to_confirmed, confirmed_to_approved),
        migrations.RunPython(columns_to_reasons, reasons_to_columns),
        migrations.RunPython(mark_suspicious, migrations.RunPython.noop),
    ]
