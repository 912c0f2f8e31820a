"""Every column of every table is classified: kept, emptied or deleted, with a reason."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models

from server.privacy.table_rule import TableRule
from server.privacy.tables import RULES

MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def unclassified(model: type[models.Model], rule: TableRule) -> set[str]:
    return {field.name for field in model._meta.concrete_fields} ^ rule.columns()


def test_every_table_has_a_rule_and_every_rule_a_table() -> None:
    assert set(RULES) == set(MODELS)


@pytest.mark.parametrize("label", sorted(RULES))
def test_every_column_is_kept_emptied_or_deleted(label: str) -> None:
    rule = RULES[label]
    if rule.deletes:
        assert not rule.columns()
    else:
        assert unclassified(MODELS[label], rule) == set(), "add the column to server/privacy/tables.py"
    assert rule.why


def test_a_new_column_is_noticed() -> None:
    rule = RULES["records.Student"]
    incomplete = TableRule(rule.why, rule.keeps, rule.student, empties={"name": ""})
    assert "last_four" in unclassified(MODELS["records.Student"], incomplete)


def test_each_lookup_leads_to_a_student() -> None:
    for label, rule in RULES.items():
        if rule.student:
            try:
                models.QuerySet(MODELS[label]).filter(**{f"{rule.student}__in": []})
            except FieldError as error:
                raise AssertionError(label) from error


def test_a_table_that_refers_to_a_student_has_a_lookup() -> None:
    """A row that belongs to a student, a submission or an order concerns a person."""
    for label, model in MODELS.items():
        targets = {field.related_model._meta.label for field in model._meta.concrete_fields if field.related_model}
        if targets & {"records.Student", "submissions.Submission", "payments.Order"}:
            assert RULES[label].student, label
