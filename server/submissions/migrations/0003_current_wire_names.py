"""Rename the fields of stored envelopes to wire version 2, so that pages read one set of names."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from kiosk.upload.wire_names import from_version_1, to_version_1


def _translate(apps: Apps, translate: Any, version: int) -> None:
    rows = apps.get_model("submissions", "Submission").objects
    for pk in list(rows.values_list("pk", flat=True)):  # one at a time: an envelope may have a megabyte
        envelope = rows.values_list("envelope", flat=True).get(pk=pk)
        rows.filter(pk=pk).update(envelope={**translate(envelope, "Submission"), "version": version})


def rename(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _translate(apps, from_version_1, 2)


def rename_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _translate(apps, to_version_1, 1)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0002_identity_check")]

    operations = [migrations.RunPython(rename, rename_back)]
