from django.db import migrations, models
from django.db.models.deletion import CASCADE


class Migration(migrations.Migration):
    """A notice belongs to a student, and not always to a submission. Three migrations: PostgreSQL alters no table with
    changes of the same transaction that are still to be checked."""

    dependencies = [("notices", "0002_contact_source")]

    operations = [
        migrations.AddField(
            "notice", "student", models.ForeignKey("records.Student", CASCADE, related_name="notices", null=True)
        ),
    ]
