from __future__ import annotations

import uuid
from typing import Any

from django.db import migrations
from django.db.models import Count


def link_enrolments(apps: Any, schema_editor: Any) -> None:
    """Link the enrolments that have the same ID number; later imports do so themselves (server.records.people)."""
    person, link = apps.get_model("records", "Person"), apps.get_model("records", "EnrolmentLink")
    students = apps.get_model("records", "Student").objects
    several = students.values("id_number_hmac").annotate(enrolments=Count("id")).filter(enrolments__gt=1)
    for number in several.values_list("id_number_hmac", flat=True):
        somebody = person.objects.create(id=uuid.uuid4().hex)
        for student in students.filter(id_number_hmac=number):
            link.objects.create(student=student, person=somebody, proof="id_number")


class Migration(migrations.Migration):

    dependencies = [("records", "0006_people_and_windows")]

    operations = [migrations.RunPython(link_enrolments, migrations.RunPython.noop)]
