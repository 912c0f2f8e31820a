from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stations", "0002_scope_keys_links")]

    operations = [
        migrations.RenameField("station", "wire", "wire_version"),
        migrations.RenameField("pairingcode", "made_at", "created_at"),
        migrations.RenameField("progresslink", "made_at", "created_at"),
    ]
