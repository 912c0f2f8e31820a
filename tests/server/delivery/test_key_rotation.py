"""Rows and passwords of deliveries are encrypted again with a new key."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from server.delivery.models import ENCRYPTION_KEY, Delivery, DeliveryItem, Encryption
from server.records.models import Campaign
from server.secrets.encryption import decrypt
from server.secrets.key_rotation import reencrypt_everything
from tests.server.delivery.conftest import options_of, plan_and_create, portrait_of

pytestmark = pytest.mark.django_db


def test_rows_and_passwords_are_encrypted_again(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    before = plan_and_create(campaign, lan, options_of(encryption=Encryption.ZIP_AES))
    item = before.items.get()
    reencrypt_everything()
    after, row = Delivery.objects.get(), DeliveryItem.objects.get()
    assert after.password_encrypted != before.password_encrypted
    password = decrypt(ENCRYPTION_KEY, before.password_encrypted)
    assert decrypt(ENCRYPTION_KEY, after.password_encrypted) == password
    assert row.row_encrypted != item.row_encrypted
    assert row.row == item.row
