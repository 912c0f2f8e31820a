"""The forms of accounts. Labels are message ids `account.field.<name>`, which the template translates."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from config.errors import Problem
from config.i18n import translations
from config.id_number import (
    has_resident_format,
    invalid_character,
    normalize_number,
    normalize_student_no,
    number_error,
)
from config.person_names import normalize_name
from config.text_normalization import normalize_text
from server.accounts.passwords import MAX_LENGTH, password_error
from server.core.language import current_language
from server.notices.addresses import normalize_email, normalize_phone

MIN_AGE: Final = 14
"""Personal Information Protection Law, article 31: younger students need the consent of a parent, on paper."""


def message(key: str, **values: object) -> str:
    return translations(current_language()).translate(key, **values)


class _Form(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = message("account.field_missing")
            field.error_messages["max_length"] = message("account.field_long")
            field.error_messages["null_characters_not_allowed"] = message("account.field_wrong")
            for validator in field.validators:
                if hasattr(validator, "message"):
                    validator.message = message("account.field_wrong")


class CampaignCodeForm(_Form):
    campaign = forms.CharField(max_length=20)

    def clean_campaign(self) -> str:
        return "".join(normalize_text(self.cleaned_data["campaign"]).split())


class PhoneForm(_Form):
    phone = forms.CharField(max_length=30)

    def clean_phone(self) -> str:
        try:
            return normalize_phone(self.cleaned_data["phone"]) or _raise("refused.phone_invalid")
        except Problem as problem:
            raise ValidationError(problem.in_language(current_language())) from problem


class CodeForm(_Form):
    code = forms.CharField(max_length=20)

    def clean_code(self) -> str:
        return normalize_number(self.cleaned_data["code"])


class PasswordSignInForm(_Form):
    number = forms.CharField(max_length=60)
    password = forms.CharField(max_length=200, strip=False)


class NewPasswordForm(_Form):
    password = forms.CharField(max_length=200, strip=False)
    again = forms.CharField(max_length=200, strip=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "password" in values and "again" in values:
            error = password_error(values["password"], values["again"])
            if error:
                self.add_error("again" if error.endswith("differs") else "password", message(error, most=MAX_LENGTH))
        return values


class CardForm(_Form):
    """Name and ID number as the person confirmed them."""

    name = forms.CharField(max_length=100)
    number = forms.CharField(max_length=60)

    def clean_name(self) -> str:
        return normalize_name(self.cleaned_data["name"]) or _raise("account.field_missing")

    def clean_number(self) -> str:
        number = normalize_number(self.cleaned_data["number"])
        if invalid_character(number) or number_error(number) not in ("", "ambiguous"):
            _raise("account.number_wrong")
        if is_too_young(number, timezone.localdate()):
            raise TooYoungError
        return number


class RegisterForm(PhoneForm, CardForm, NewPasswordForm):
    """Mode B: the card's fields, a phone, a password, and perhaps an e-mail address."""

    email = forms.CharField(max_length=254, required=False)
    field_order = ("name", "number", "phone", "email", "password", "again")

    def clean_email(self) -> str:
        try:
            return normalize_email(self.cleaned_data["email"])
        except Problem as problem:
            raise ValidationError(problem.in_language(current_language())) from problem


class CaptureCodeForm(_Form):
    """`typed`: the content of the code, for a browser that cannot send a picture."""

    typed = forms.CharField(max_length=4000, required=False)


class LastFourForm(_Form):
    last_four = forms.CharField(max_length=8)


class LinkRequestForm(_Form):
    name = forms.CharField(max_length=100)
    student_no = forms.CharField(max_length=40)
    class_name = forms.CharField(max_length=60)

    def clean_name(self) -> str:
        return normalize_name(self.cleaned_data["name"]) or _raise("account.field_missing")

    def clean_student_no(self) -> str:
        return normalize_student_no(self.cleaned_data["student_no"]) or _raise("account.field_missing")


class TooYoungError(Exception):
    """The number belongs to somebody below MIN_AGE: the page names the school's office."""


def is_too_young(number: str, today: date) -> bool:
    """Whether the date of birth in the number is less than MIN_AGE years ago; False for a number without one."""
    if not has_resident_format(number):
        return False
    birth = int(number[6:14])
    return int(f"{today:%Y%m%d}") - birth < MIN_AGE * 10_000


def _raise(key: str) -> Any:
    raise ValidationError(message(key))
