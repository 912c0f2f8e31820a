from django.db import migrations, models


class Migration(migrations.Migration):
    """The unique constraint names a renamed column, so it is dropped and made again."""

    dependencies = [("records", "0003_enrolments")]

    operations = [
        migrations.RemoveConstraint(model_name="student", name="one_student_per_enrolment"),
        migrations.RenameField("campaign", "opens", "opens_at"),
        migrations.RenameField("campaign", "closes", "closes_at"),
        migrations.RenameField("student", "number_sealed", "id_number_encrypted"),
        migrations.RenameField("student", "number_hash", "id_number_hmac"),
        migrations.RenameField("student", "number_slow", "id_number_slow_hash"),
        migrations.RenameField("student", "token", "progress_token"),
        migrations.AddConstraint(
            model_name="student",
            constraint=models.UniqueConstraint(
                fields=("campaign", "id_number_hmac", "student_no", "candidate_no", "major"),
                name="one_student_per_enrolment",
            ),
        ),
    ]
