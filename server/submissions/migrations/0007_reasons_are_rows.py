from django.db import migrations


class Migration(migrations.Migration):
    """The columns are dropped in a transaction of their own: PostgreSQL does not alter a table with pending changes."""

    dependencies = [("submissions", "0006_workflow_data")]

    operations = [
        migrations.RemoveField("submission", "comment"),
        migrations.RemoveField("submission", "reason"),
    ]
