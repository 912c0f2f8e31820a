"""The clerk's forms. Labels are message ids `clerk.field.<name>`, which the template translates."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from config.errors import Problem
from config.i18n import translations
from config.time_zones import local_date
from server.clerk.standards import looks
from server.core.language import current_language
from server.delivery.names import NameTemplate, parse_own_name, parse_template
from server.records.campaign_options import Identification, Payer, PaymentRequired, PhotoSource, RetouchMode
from server.records.models import Campaign, School
from server.records.window_models import CaptureWindow, WindowKind

_CODE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look alike in print
_FIRST_YEAR: Final = 2000
_MAX_PRICE: Final = Decimal(1000)


class LocalDateTimeInput(forms.DateTimeInput):
    """The browser's own field for a date and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def date_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def message(key: str) -> str:
    return translations(current_language()).translate(key)


def check_year(day: date) -> None:
    """Reject a mistyped year such as 0026: such a campaign would be over, and its students erased in the next night.
    Also accepts a datetime."""
    if day.year < _FIRST_YEAR:
        raise ValidationError(message("clerk.wrong_year"))


def new_campaign_code() -> str:
    """Return a random code, so that nobody can guess the campaigns of other schools."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(6))


class SchoolForm(forms.ModelForm):
    class Meta:
        model = School
        fields = ["code", "name", "name_en", "help_line", "help_hours", "help_hours_en"]
        widgets = {"code": forms.TextInput({"inputmode": "numeric", "pattern": r"\d{5}", "placeholder": "10001"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:  # campaigns and stations refer to the code
            del self.fields["code"]


class CampaignForm(forms.ModelForm):
    """`look` is standard and background together: one choice among pictures."""

    first_day = forms.DateField(widget=date_input(), validators=[check_year])
    last_day = forms.DateField(widget=date_input(), validators=[check_year])
    look = forms.ChoiceField(widget=forms.RadioSelect)
    photo_sources = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    identification = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    price = forms.DecimalField(min_value=0, max_value=_MAX_PRICE, decimal_places=2, initial=0, required=False)

    class Meta:
        model = Campaign
        fields = [
            "school", "title", "title_en", "code", "payer", "payment_required", "refund_on_withdrawal",
            "refund_on_revocation", "place", "place_en", "clothing", "clothing_en", "help_line", "help_hours",
            "help_hours_en", "retouch", "final_review", "four_eyes", "confirmation", "confirmation_days",
            "resubmission_days", "max_retakes", "appeal_days", "retention_days", "simulated",
            "delivery_names", "own_name", "id_number_in_delivery", "photo_sources", "identification",
        ]  # fmt: skip
        widgets = {name: forms.Textarea({"rows": 3}) for name in ("clothing", "clothing_en")}

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.looks = looks()
        self.fields["look"].choices = [(look.value, look.title) for look in self.looks]  # type: ignore[attr-defined]
        self.fields["payer"].choices = [  # type: ignore[attr-defined]
            (payer.value, message(f"clerk.payer.{payer.value}")) for payer in Payer
        ]
        self.fields["payment_required"].choices = [  # type: ignore[attr-defined]
            (stage.value, message(f"clerk.required.{stage.value}")) for stage in PaymentRequired
        ]
        self.fields["payment_required"].required = False
        self.fields["identification"].choices = [  # type: ignore[attr-defined]
            (mode.value, message(f"clerk.identification.{mode.value}")) for mode in Identification
        ]
        self.fields["photo_sources"].choices = [  # type: ignore[attr-defined]
            (source.value, message(f"clerk.photo_source.{source.value}")) for source in PhotoSource
        ]
        self.fields["retouch"].choices = [  # type: ignore[attr-defined]
            (mode.value, message(f"clerk.retouch.{mode.value}")) for mode in RetouchMode
        ]
        for name in ("delivery_names", "own_name"):  # empty: the default rule
            self.fields[name].required = False
        if self.instance.pk:
            self._show_existing()
        else:
            self._prepare_new(schools)

    @property
    def boxes(self) -> list[forms.BoundField]:
        """The rules that are shown as checkboxes."""
        return [self[name] for name in ("confirmation", "final_review", "four_eyes", "simulated")]

    def _show_existing(self) -> None:
        """School and code cannot change: they are printed in notices and stored on stations."""
        del self.fields["school"], self.fields["code"]
        campaign = self.instance
        first, last = campaign.capture_days()
        self.initial.update(first_day=first, last_day=last, look=f"{campaign.standard}:{campaign.background}")
        self.initial["price"] = f"{campaign.price_fen / 100:.2f}"

    def _prepare_new(self, schools: Any) -> None:
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        self.initial.update(code=new_campaign_code(), look=self.looks[0].value)
        self.initial["clothing"] = translations("zh_CN").translate("clerk.clothing_default")
        self.initial["clothing_en"] = translations("en").translate("clerk.clothing_default")
        if len(schools) == 1:
            self.initial["school"] = schools[0]

    def clean_payment_required(self) -> str:
        """Only a student's own payment can be required; a form without the choice requires none."""
        chosen = self.cleaned_data["payment_required"] or PaymentRequired.NEVER.value
        return chosen if self.cleaned_data.get("payer") == Payer.STUDENT.value else PaymentRequired.NEVER.value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("first_day"), values.get("last_day")
        if first and last and first > last:
            raise ValidationError({"last_day": message("campaign.dates")})
        if first and last:
            zone = timezone.get_default_timezone()
            self.instance.opens_at = datetime.combine(first, time.min, zone)
            self.instance.closes_at = datetime.combine(last, time(23, 59, 59), zone)
        if values.get("payer") != Payer.FREE.value and not values.get("price"):
            raise ValidationError({"price": message("clerk.price_missing")})
        if values.get("payer") == Payer.FREE.value and values.get("price"):
            raise ValidationError({"payer": message("clerk.payer_missing")})
        self.instance.price_fen = int((values.get("price") or Decimal(0)) * 100)
        self.instance.standard, _, self.instance.background = str(values.get("look", "")).partition(":")
        return values

    def clean_delivery_names(self) -> str:
        return self._clean_names("delivery_names", parse_template)

    def clean_own_name(self) -> str:
        return self._clean_names("own_name", parse_own_name)

    def _clean_names(self, name: str, parse: Callable[[str, bool], NameTemplate]) -> str:
        """Return the template of names. The ID number is allowed in it if its checkbox is ticked."""
        text = str(self.cleaned_data[name] or getattr(Campaign(), name))
        try:
            parse(text, "id_number_in_delivery" in self.data)
        except Problem as problem:
            raise ValidationError(problem.in_language(current_language())) from problem
        return text

    def _post_clean(self) -> None:
        # Without a look the model's own check would report the missing standard a second time.
        if "look" in self.cleaned_data:
            super()._post_clean()  # type: ignore[misc]


class WindowForm(forms.ModelForm):
    class Meta:
        model = CaptureWindow
        fields = ["kind", "opens_at", "closes_at", "place", "place_en"]
        widgets = {"opens_at": LocalDateTimeInput(), "closes_at": LocalDateTimeInput()}

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "instance": CaptureWindow(campaign=campaign)})
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.value, message(f"clerk.window.{kind.value}")) for kind in WindowKind
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        opens_at, closes_at = values.get("opens_at"), values.get("closes_at")
        if opens_at and closes_at:
            if opens_at >= closes_at:
                raise ValidationError({"closes_at": message("clerk.window_order")})
            first, last = self.instance.campaign.capture_days()
            zone = timezone.get_default_timezone()
            if local_date(opens_at, zone) < first or local_date(closes_at, zone) > last:
                raise ValidationError({"opens_at": message("clerk.window_outside")})
        return values
