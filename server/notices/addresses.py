"""Phone numbers and e-mail addresses: one form, checked, and masked for screens and logs."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.errors import Problem
from config.text_normalization import normalize_text

_MAINLAND_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_SHORT_NUMBER: Final = 10  # characters; four visible ones at the end would leave too few hidden
_MAX_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3


def normalize_phone(text: str) -> str:
    """Return a phone number as E.164, a mainland one with +86; "" for "". Raises Problem."""
    digits = re.sub(r"[\s()（）-]", "", normalize_text(text))
    if not digits:
        return ""
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    number = digits.removeprefix("+86")
    if _MAINLAND_MOBILE.fullmatch(number):
        return f"+86{number}"
    if not digits.startswith("+86") and _INTERNATIONAL.fullmatch(digits):
        return digits
    raise Problem("refused.phone_invalid")


def normalize_email(text: str) -> str:
    """Return the address without surrounding blanks; "" for "". Raises Problem."""
    address = normalize_text(text).strip()
    if not address:
        return ""
    try:
        if len(address) > _MAX_EMAIL:
            raise Problem("refused.email_invalid")
        validate_email(address)
    except ValidationError as error:
        raise Problem("refused.email_invalid") from error
    return address


def mask_address(address: str) -> str:
    """Return a phone number or e-mail address as staff and logs see it: 138****5678, m***@school.edu.

    >>> mask_address("+8613812345678"), mask_address("ming@school.edu")
    ('138****5678', 'm***@school.edu')
    """
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    number = address.removeprefix("+86")
    visible = 4 if len(number) > _SHORT_NUMBER else 2
    return f"{number[:3]}****{number[-visible:]}" if number else ""
