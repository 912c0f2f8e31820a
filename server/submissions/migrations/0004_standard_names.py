from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_current_wire_names")]

    operations = [
        migrations.RenameField("submission", "ending", "outcome"),
        migrations.RenameField("submission", "remark", "comment"),
        migrations.RenameField("auditentry", "before", "from_state"),
        migrations.RenameField("auditentry", "after", "to_state"),
        migrations.RenameField("auditentry", "remark", "comment"),
    ]
