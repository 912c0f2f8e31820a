from django.db import migrations, models
from django.db.models.deletion import CASCADE


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_fill_notice_student")]

    operations = [
        migrations.AlterField("notice", "student", models.ForeignKey("records.Student", CASCADE, related_name="notices")),
        migrations.AlterField(
            "notice", "submission", models.ForeignKey("submissions.Submission", CASCADE, related_name="notices", null=True)
        ),
        migrations.AddConstraint(
            "notice",
            models.UniqueConstraint(
                condition=models.Q(("submission", None)),
                fields=("student", "event", "version", "channel"),
                name="one_notice_per_student_and_channel",
            ),
        ),
    ]
