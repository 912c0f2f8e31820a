"""The end of a delivery: who took the package, and the deletion of its files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from config.errors import Problem
from server.delivery.models import Delivery, Status
from server.delivery.packaging import items_of, remove_files, withdrawn_items


def require_complete(delivery: Delivery) -> None:
    """Raise Problem unless the package may leave the school: delivery.not_ready, delivery.items_withdrawn."""
    if delivery.status != Status.READY.value:
        raise Problem("delivery.not_ready")
    if delivery.handed_over_at is None and withdrawn_items(delivery).exists():
        raise Problem("delivery.items_withdrawn")


def record_hand_over(delivery: Delivery, to: str, user: Any, now: datetime) -> None:
    """Record who took the package. From now on no portrait can be taken out of it; the password is deleted.

    Raises Problem: those of `require_complete`, delivery.handed_over.
    """
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if locked.handed_over_at is not None:
            raise Problem("delivery.handed_over")
        require_complete(locked)
        locked.handed_over_at, locked.handed_over_by, locked.handed_over_to = now, user, to
        locked.password_encrypted = ""
        locked.save(update_fields=["handed_over_at", "handed_over_by", "handed_over_to", "password_encrypted"])
        handed_over = items_of(locked).order_by().values("submission")
        locked.campaign.submissions.filter(pk__in=handed_over, handed_over_at=None).update(handed_over_at=now)


def delete_old_packages(now: datetime) -> int:
    """The periodic job: delete the files of packages that were handed over long ago; return how many packages."""
    before = now - timedelta(days=settings.APP.delivery.package_days)
    old = list(Delivery.objects.filter(handed_over_at__lte=before, files__isnull=False).distinct())
    for delivery in old:
        remove_files(delivery)
    return len(old)
