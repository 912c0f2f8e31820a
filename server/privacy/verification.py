"""Search database and files after an erasure for everything that identified the erased students."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models

from server.delivery.models import ENCRYPTION_KEY as NUMBER_KEY
from server.notices.contacts import ENCRYPTION_KEY as CONTACT_KEY
from server.privacy.doomed_files import files_named, packages_of_erased
from server.privacy.models import DoomedFile
from server.privacy.needles import Needles, unescaped
from server.privacy.table_rule import TableRule
from server.privacy.tables import RULES, SETTINGS, STAFF, TECHNICAL
from server.records.models import Student
from server.secrets.encryption import decrypt

_NO_PERSON: Final = (SETTINGS, STAFF, TECHNICAL)
_ROWS: Final = 500
_FERNET: Final = "gAAAA"


def problems_after(needles: Needles) -> list[str]:
    """Return the places of the texts that were found, as "table.column: kind (count)"; never the text itself."""
    needles.forget_shared()
    problems: Counter[str] = Counter()
    receipts = _columns_of_receipts()
    for place, text in _every_text():
        if place in receipts:
            continue
        for kind in needles.secrets_in(text):
            problems[f"{place}: {kind}"] += 1
    for place, text in _texts_of(needles.students):
        for kind in needles.words_in(text) | needles.secrets_in(text):
            problems[f"{place}: {kind}"] += 1
    for place, text in _texts_of_no_student():
        for kind in needles.words_in(text):
            problems[f"{place}: {kind}"] += 1
    problems.update(_rows_left(needles.students))
    problems.update(f"file {path.name}" for path in files_named(needles.files))
    problems.update(f"package {delivery.pk}" for delivery in packages_of_erased())
    problems.update(f"file to be deleted {file}" for file in DoomedFile.objects.all())
    return [problem if count == 1 else f"{problem} ({count})" for problem, count in sorted(problems.items())]


def _columns_of_receipts() -> set[str]:
    """Return the columns of receipts that must be kept by law, whatever a person entered there."""
    return {
        f"{apps.get_model(label)._meta.db_table}.{column}"
        for label, rule in RULES.items()
        for column in rule.until_tax_end
    }


def _every_text() -> Iterator[tuple[str, str]]:
    """Yield each text of each table, also of tables without a model."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(_ROWS):
                for row in rows:
                    for name, value in zip(names, row, strict=True):
                        yield from ((f"{table}.{name}", text) for text in _texts(value))
    for session in Session.objects.iterator(_ROWS):
        yield "django_session.session_data", json.dumps(session.get_decoded(), default=str, ensure_ascii=False)


def _texts_of(students: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each text in the rows about these students, decrypted."""
    ids = sorted(students)
    for label, rule in RULES.items():
        if rule.student:
            model = apps.get_model(label)
            for start in range(0, len(ids), _ROWS):
                yield from _texts_in(model, _searched(rule, model), {f"{rule.student}__in": ids[start : start + _ROWS]})


def _texts_of_no_student() -> Iterator[tuple[str, str]]:
    """Yield each text of tables whose rows are about no single student, such as the audit log."""
    for label, rule in RULES.items():
        if not rule.student and not rule.why.startswith(_NO_PERSON):
            model = apps.get_model(label)
            yield from _texts_in(model, _searched(rule, model), {})


def _texts_in(model: type[models.Model], names: list[str], where: dict[str, Any]) -> Iterator[tuple[str, str]]:
    table = model._meta.db_table
    for row in models.QuerySet(model).filter(**where).values_list(*names).iterator(_ROWS):
        for name, value in zip(names, row, strict=True):
            yield from ((f"{table}.{name}", text) for text in _texts(value))


def _searched(rule: TableRule, model: type[models.Model]) -> list[str]:
    """Return the columns with text, except those of receipts that must still be kept."""
    texts = (models.CharField, models.TextField, models.JSONField)
    fields = (one for one in model._meta.concrete_fields if isinstance(one, texts) and not one.is_relation)
    return [one.name for one in fields if one.name not in rule.until_tax_end] or ["pk"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or not value:
        return
    yield unescaped(value)
    if value.startswith(_FERNET):
        for key in (NUMBER_KEY, CONTACT_KEY):
            try:
                yield decrypt(key, value)
            except (InvalidToken, ValueError):  # encrypted with another key
                continue


def _rows_left(students: set[str]) -> Iterator[str]:
    """Yield the tables with rows that should have been deleted or marked as erased."""
    ids = sorted(students)
    for start in range(0, len(ids), _ROWS):
        chunk = ids[start : start + _ROWS]
        if Student.objects.filter(pk__in=chunk, erased_at=None).exists():
            yield "records_student: not erased"
        for label, rule in RULES.items():
            if rule.student and rule.deletes:
                rows: models.QuerySet[Any] = models.QuerySet(apps.get_model(label)).filter(
                    **{f"{rule.student}__in": chunk}
                )
                yield from (f"{label}: row" for _ in rows.values_list("pk")[:1])
