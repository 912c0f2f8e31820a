"""The school's own key: it certifies the stations, and signs the portraits that this server makes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from kiosk.capture.proof.keys import SigningKey, fingerprint
from server.audit.models import Action
from server.audit.record import record
from server.proof.models import SchoolKey

KEY_NAME: Final = "proof"
"""The key's name in the key file; without its own line it is derived from `master`."""
KEY_FILE_NAME: Final = "school.pub"


def school_key(now: datetime) -> SigningKey:
    """Return the current key. A new key, after an update or a change of keys, is recorded, and the earlier ones are
    retired."""
    key = SigningKey(bytes.fromhex(settings.KEY_STORE.read_current(KEY_NAME)))
    if not SchoolKey.objects.filter(public_key=key.public, retired_at=None).exists():
        with transaction.atomic():
            SchoolKey.objects.exclude(public_key=key.public).filter(retired_at=None).update(retired_at=now)
            new_values = {"created_at": now, "retired_at": None}
            SchoolKey.objects.update_or_create(
                public_key=key.public, defaults={"retired_at": None}, create_defaults=new_values
            )
            record(Action.KEYS_CHANGED, "proof", fingerprint=fingerprint(key.public))
    return key


def school_public_keys() -> tuple[str, ...]:
    """Return all keys that this server ever had, the current one first."""
    known = list(SchoolKey.objects.order_by("-pk"))
    return tuple(key.public_key for key in sorted(known, key=lambda one: one.retired_at is not None))
