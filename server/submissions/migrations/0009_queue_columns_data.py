"""Fill the columns of the queue and of the people who took part in a review."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, OuterRef, Q, Subquery


def copy_campaigns(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Submission, Student = apps.get_model("submissions", "Submission"), apps.get_model("records", "Student")
    campaign = Student.objects.filter(pk=OuterRef("student")).values("campaign")
    Submission.objects.update(campaign=Subquery(campaign))


def fill_worst_outcome(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("submissions", "Submission").objects
    measured = rows.filter(original_portrait_sha256=None).exclude(portrait_sha256=None)
    for pk in list(measured.values_list("pk", flat=True)):  # one at a time: an envelope may have a megabyte
        envelope: dict[str, Any] = rows.values_list("envelope", flat=True).get(pk=pk)
        outcomes = {verdict.get("outcome") for verdict in envelope.get("verdicts", ())}
        worst = next((outcome for outcome in ("fail", "unsure", "pass") if outcome in outcomes), "")
        rows.filter(pk=pk).update(worst_outcome=worst)


def fill_participants(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The latest of each kind. An approval of earlier versions has no action."""
    Submission, AuditEntry = apps.get_model("submissions", "Submission"), apps.get_model("submissions", "AuditEntry")
    entries = AuditEntry.objects.filter(submission=OuterRef("pk")).order_by("-id")
    passed = Q(from_state="first_review", action__in=["approve", "request_retouch"])

    def latest(which: Q) -> Subquery:
        return Subquery(entries.filter(which).values("user")[:1])

    Submission.objects.update(
        first_reviewer=latest(passed | Q(action="", to_state="confirmed")),
        retoucher=latest(Q(action="submit_retouch")),
        final_reviewer=latest(Q(from_state="final_review", action="approve")),
    )


def copy_four_eyes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The campaign's setting, except where one person has approved alone: the setting was different then."""
    rows = apps.get_model("submissions", "Submission").objects
    alone = Q(final_reviewer=F("first_reviewer")) | Q(final_reviewer=F("retoucher"))
    rows.filter(alone | Q(campaign__four_eyes=False)).update(four_eyes=False)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0008_queue_columns")]

    operations = [
        migrations.RunPython(copy_campaigns, migrations.RunPython.noop),
        migrations.RunPython(fill_worst_outcome, migrations.RunPython.noop),
        migrations.RunPython(fill_participants, migrations.RunPython.noop),
        migrations.RunPython(copy_four_eyes, migrations.RunPython.noop),
    ]
