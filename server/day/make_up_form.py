"""The form that opens a make-up window. Labels are message ids `clerk.field.<name>` as in the clerk's forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from server.clerk.forms import LocalDateTimeInput, check_year, message
from server.records.models import Campaign
from server.records.window_models import CaptureWindow, WindowKind

_KINDS: Final = (WindowKind.MAKE_UP, WindowKind.REMOTE)
_OPENS: Final = time(9)
_CLOSES: Final = time(17)
ALL: Final = "all"
CLASSES: Final = "classes"


class MakeUpForm(forms.ModelForm):
    """`classes`: the classes of the students without a photo, each with the number of these students. `chosen_classes`
    is None for all of them."""

    who = forms.ChoiceField(choices=[(ALL, ALL), (CLASSES, CLASSES)], initial=ALL)
    of_classes = forms.MultipleChoiceField(required=False)

    class Meta:
        model = CaptureWindow
        fields = ["kind", "place", "opens_at", "closes_at"]
        widgets = {"opens_at": LocalDateTimeInput(), "closes_at": LocalDateTimeInput()}

    def __init__(self, *args: Any, campaign: Campaign, classes: Sequence[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "instance": CaptureWindow(campaign=campaign)})
        self.classes = classes
        self.fields["opens_at"].validators.append(check_year)
        self.fields["kind"].choices = [(kind.value, message(f"clerk.window.{kind.value}")) for kind in _KINDS]  # type: ignore[attr-defined]
        self.fields["of_classes"].choices = [(name, name) for name, _ in classes]  # type: ignore[attr-defined]
        tomorrow, zone = timezone.localdate() + timedelta(days=1), timezone.get_default_timezone()
        self.initial.update(
            kind=WindowKind.MAKE_UP.value,
            opens_at=datetime.combine(tomorrow, _OPENS, zone),
            closes_at=datetime.combine(tomorrow, _CLOSES, zone),
        )

    @property
    def chosen_classes(self) -> list[str] | None:
        return self.cleaned_data["of_classes"] if self.cleaned_data["who"] == CLASSES else None

    @property
    def ticked(self) -> list[str]:
        """The classes that are ticked when the form is shown again."""
        return self.data.getlist("of_classes") if self.is_bound else []  # type: ignore[attr-defined, no-any-return]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        opens_at, closes_at = values.get("opens_at"), values.get("closes_at")
        if opens_at and closes_at and opens_at >= closes_at:
            raise ValidationError({"closes_at": message("clerk.window_order")})
        if closes_at and closes_at <= timezone.now():
            raise ValidationError({"closes_at": message("day.window_over")})
        if closes_at and closes_at > self.instance.campaign.retention_end():
            raise ValidationError({"closes_at": message("day.window_too_late")})
        if values.get("who") == CLASSES and not values.get("of_classes"):
            raise ValidationError({"of_classes": message("day.no_class_chosen")})
        return values
