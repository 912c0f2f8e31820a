"""Find accounts by phone or ID number: both by a keyed hash."""

from __future__ import annotations

from django.conf import settings

from kiosk.upload.number_hashing import number_hash
from server.accounts.models import Account
from server.notices.contacts import decrypt_address, encrypt_address


def phone_hash(phone: str) -> str:
    """Return the keyed hash of a phone number (E.164)."""
    return number_hash(settings.KEY_STORE.oldest("phone"), phone)


def account_of_phone(phone: str) -> Account | None:
    return Account.objects.select_related("person").filter(phone_hmac=phone_hash(phone)).first()


def set_phone(account: Account, phone: str) -> None:
    """Set the columns; the caller saves."""
    account.phone_encrypted, account.phone_hmac = encrypt_address(phone), phone_hash(phone)


def phone_of(account: Account) -> str:
    """Return the plain number; "" if the account has none."""
    return decrypt_address(account.phone_encrypted)
