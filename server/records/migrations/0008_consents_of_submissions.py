from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import migrations


def record_consents(apps: Any, schema_editor: Any) -> None:
    """Record the consents that stations sent with earlier submissions; intake does so from now on."""
    consent = apps.get_model("records", "Consent")
    submissions = apps.get_model("submissions", "Submission").objects
    rows = submissions.order_by("received_at").values_list("student_id", "station__name", "received_at", "envelope")
    for student, station, received_at, envelope in rows.iterator(200):
        given = envelope.get("consent") if isinstance(envelope, dict) else None
        if isinstance(given, dict):
            consent.objects.get_or_create(
                student_id=student,
                text_version=str(given.get("text_version", ""))[:40],
                given_at=parsed(given.get("given_at"), received_at),
                defaults={"source": f"station {station}"[:80]},
            )


def parsed(text: Any, received_at: datetime) -> datetime:
    """The first release stored any text: one that is no time of these centuries counts as the time of arrival."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return received_at
    if not 1970 <= moment.year <= 2100:
        return received_at
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Migration(migrations.Migration):

    dependencies = [("records", "0007_link_enrolments"), ("submissions", "0007_reasons_are_rows")]

    operations = [migrations.RunPython(record_consents, migrations.RunPython.noop)]
