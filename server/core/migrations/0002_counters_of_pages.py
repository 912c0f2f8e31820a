"""Move the throttle counters from the app `pages`, an earlier name of this app."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OLD_TABLE = "pages_trycount"


def move_counters(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if OLD_TABLE not in connection.introspection.table_names(cursor):
            return
        columns = ", ".join(schema_editor.quote_name(name) for name in ("key", "count", "expires_at"))
        cursor.execute(f"INSERT INTO core_trycount ({columns}) SELECT {columns} FROM {OLD_TABLE}")
        cursor.execute(f"DROP TABLE {OLD_TABLE}")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(move_counters, migrations.RunPython.noop)]
