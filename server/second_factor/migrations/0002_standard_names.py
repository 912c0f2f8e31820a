from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("second_factor", "0001_initial")]

    operations = [migrations.RenameField("secondfactor", "used_step", "last_used_step")]
