import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def participant() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0008_consents_of_submissions"),
        ("submissions", "0007_reasons_are_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "submission",
            "campaign",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="records.campaign",
            ),
        ),
        migrations.AddField("submission", "worst_outcome", models.CharField(blank=True, default="", max_length=12)),
        migrations.AddField("submission", "first_reviewer", participant()),
        migrations.AddField("submission", "retoucher", participant()),
        migrations.AddField("submission", "final_reviewer", participant()),
        migrations.AddField("submission", "four_eyes", models.BooleanField(default=True)),
    ]
