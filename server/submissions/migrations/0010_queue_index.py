import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

QUEUE_COLUMNS = [
    "state",
    "suspicious",
    "received_at",
    "id",
    "campaign",
    "claimed_until",
    "worst_outcome",
    "identity_check",
    "station",
    "student",
]


class Migration(migrations.Migration):
    """In a transaction of its own: PostgreSQL does not alter a table with pending changes."""

    dependencies = [("submissions", "0009_queue_columns_data")]

    operations = [
        migrations.AlterField(
            "submission",
            "campaign",
            models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="records.campaign",
            ),
        ),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=Q(final_reviewer=None)
                | Q(four_eyes=False)
                | (~Q(final_reviewer=F("first_reviewer")) & ~Q(final_reviewer=F("retoucher"))),
                name="final_reviewer_is_somebody_else",
            ),
        ),
        migrations.RemoveIndex("submission", "queue_order"),
        migrations.AddIndex("submission", models.Index(fields=QUEUE_COLUMNS, name="review_queue")),
        migrations.AddIndex("auditentry", models.Index(fields=["action", "at"], name="history_by_action")),
    ]
