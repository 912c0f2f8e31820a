"""Filters of the pages: every field may be empty, and wrong input is reported next to its field."""

from __future__ import annotations

from typing import Any

from django import forms

from config.i18n import Translations
from server.core.days import is_plausible
from server.privacy.views_of_data import VIEWS, ViewFilter
from server.records.student_search import MAX_TERM, parse_term


class PeriodForm(forms.Form):
    """`since` and `until`: days, both inclusive."""

    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def __init__(self, data: Any, tr: Translations) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.error_messages["invalid"] = tr.translate("privacy.wrong_day")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("since", "until"):
            if (day := values.get(name)) and not is_plausible(day):
                self.add_error(name, self.fields[name].error_messages["invalid"])
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", self.fields["until"].error_messages["invalid"])
        return values


class ViewForm(PeriodForm):
    """The filter of the record of views."""

    term = forms.CharField(required=False, max_length=MAX_TERM)
    user = forms.CharField(required=False, max_length=150)
    action = forms.ChoiceField(required=False, choices=[("", ""), *((one.value, one.value) for one in VIEWS)])

    def chosen(self) -> ViewFilter:
        """Return the filter; wrong fields are left out, and are marked on the page."""
        self.is_valid()
        values = self.cleaned_data
        term, _ = parse_term(values.get("term") or "")
        return ViewFilter(
            term, values.get("user") or "", values.get("action") or "", values.get("since"), values.get("until")
        )


class BreachForm(PeriodForm):
    """A station or a user, and the period."""

    station = forms.CharField(required=False, max_length=60)
    user = forms.CharField(required=False, max_length=150)
