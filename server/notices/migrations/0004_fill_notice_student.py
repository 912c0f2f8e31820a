from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    submissions = apps.get_model("submissions", "Submission").objects.filter(pk=OuterRef("submission"))
    apps.get_model("notices", "Notice").objects.update(student=Subquery(submissions.values("student")[:1]))


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_notice_student")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
