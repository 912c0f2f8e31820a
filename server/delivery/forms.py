"""The form of a new delivery. Labels are message ids, which the template translates."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.errors import Problem
from config.i18n import translations
from server.core.language import current_language
from server.delivery.encryption import check_recipient, is_available, require_available
from server.delivery.models import Encryption
from server.delivery.names import MAX_TEMPLATE_LENGTH, parse_template
from server.delivery.planning import Options
from server.records.models import Campaign


class DeliveryForm(forms.Form):
    """`key` identifies the form, so that a second press makes no second delivery. `plain_confirmed`: the user confirms
    unencrypted files. `unfit_seen`: the user has read the list of the values that DBF cannot hold."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    template = forms.CharField(max_length=MAX_TEMPLATE_LENGTH)
    encryption = forms.ChoiceField(widget=forms.RadioSelect)
    age_recipient = forms.CharField(max_length=200, required=False)
    plain_confirmed = forms.BooleanField(required=False)
    with_dbf = forms.BooleanField(required=False)
    with_proofs = forms.BooleanField(required=False)
    with_id_number = forms.BooleanField(required=False)
    unfit_seen = forms.BooleanField(required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign = campaign
        self.fields["encryption"].choices = [(kind.value, kind.value) for kind in Encryption]  # type: ignore[attr-defined]
        self.fields["template"].widget.attrs.update(autocomplete="off", spellcheck="false")
        self.fields["age_recipient"].widget.attrs.update(autocomplete="off", spellcheck="false", placeholder="age1…")
        if not campaign.id_number_in_delivery:
            del self.fields["with_id_number"]
        usual = next(kind for kind in Encryption if is_available(kind))
        self.initial.update(key=secrets.token_hex(16), template=campaign.delivery_names, encryption=usual.value)

    @property
    def encryptions(self) -> list[tuple[str, bool]]:
        """The kinds of encryption, each with whether this server supports it."""
        return [(kind.value, is_available(kind)) for kind in Encryption]

    def clean_template(self) -> str:
        text: str = self.cleaned_data["template"]
        with _as_form_error():
            parse_template(text, self.campaign.id_number_in_delivery)
        return text

    def clean_encryption(self) -> str:
        with _as_form_error():
            require_available(Encryption(self.cleaned_data["encryption"]))
        return str(self.cleaned_data["encryption"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("encryption") == Encryption.AGE.value:
            try:
                values["age_recipient"] = check_recipient(values.get("age_recipient", ""))
            except Problem as problem:
                self.add_error("age_recipient", problem.in_language(current_language()))
        if values.get("encryption") == Encryption.NONE.value and not values.get("plain_confirmed"):
            self.add_error("plain_confirmed", translations(current_language()).translate("delivery.plain_unconfirmed"))
        return values

    def options(self) -> Options:
        """Return the options of a valid form."""
        return self._options(self.cleaned_data)

    def shown_options(self) -> Options:
        """Return the options of the plan that the page shows: the valid fields, and the campaign's own rule until there
        is a valid one. Raises Problem if the campaign's rule is not valid."""
        values = getattr(self, "cleaned_data", {})
        return self._options({"template": self.campaign.delivery_names, "encryption": Encryption.NONE.value, **values})

    def _options(self, values: dict[str, Any]) -> Options:
        allowed = self.campaign.id_number_in_delivery
        template = parse_template(values["template"], allowed)
        return Options(
            template_text=values["template"],
            template=template,
            encryption=Encryption(values["encryption"]),
            age_recipient=values.get("age_recipient", ""),
            with_id_number=allowed and (bool(values.get("with_id_number")) or "sfzh" in template.fields),
            with_dbf=bool(values.get("with_dbf")),
            with_proofs=bool(values.get("with_proofs")),
        )


class HandOverForm(forms.Form):
    """The name of the person who took the package."""

    to = forms.CharField(max_length=100, strip=True)


@contextmanager
def _as_form_error() -> Iterator[None]:
    """Turn a Problem into an error of the field."""
    try:
        yield
    except Problem as problem:
        raise ValidationError(problem.in_language(current_language())) from problem
