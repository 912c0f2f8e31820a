"""Create a delivery from its plan, and CHSI's package from a delivery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from config.errors import Problem
from server.delivery.check_jobs import start_check
from server.delivery.chsi import chsi_rows
from server.delivery.encryption import new_password
from server.delivery.models import (
    ENCRYPTION_KEY,
    Delivery,
    DeliveryItem,
    Encryption,
    Receiver,
    Status,
    encrypt_row,
)
from server.delivery.planning import Options, plan_of
from server.records.models import Campaign
from server.secrets.encryption import encrypt
from server.submissions.actor import ActorOnMany
from server.submissions.locks import lock_in_state
from server.submissions.models import Submission
from server.submissions.revocation import is_disputed
from server.submissions.states import State
from server.submissions.workflow import execute_alike

_BATCH_SIZE: Final = 1000


class PlanChanged(Exception):
    """Portraits were confirmed, revoked or delivered since the plan was shown."""


def create_delivery(
    campaign: Campaign, options: Options, key: str, fingerprint: str, user: Any, now: datetime
) -> Delivery:
    """Fix the plan and move its submissions to `queued`, in one transaction, and queue the check, after which it
    is packed.

    The same `key` again returns the delivery of the first call. Raises PlanChanged, and Problem: delivery.nothing,
    delivery.duplicates.
    """
    key = f"{campaign.pk}:{key}"
    existing = Delivery.objects.filter(key=key).first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            return _create(campaign, options, key, fingerprint, user, now)
    except IntegrityError:  # the same form was sent twice at the same moment
        return Delivery.objects.get(key=key)


def _create(campaign: Campaign, options: Options, key: str, fingerprint: str, user: Any, now: datetime) -> Delivery:
    confirmed = lock_in_state(campaign, State.CONFIRMED)
    disputed = set(campaign.submissions.filter(is_disputed(), state=State.CONFIRMED.value).values_list("pk", flat=True))
    plan = plan_of(campaign, confirmed, options, ActorOnMany(user=user), now, disputed, False)
    if plan.fingerprint != fingerprint:
        raise PlanChanged
    if plan.duplicates:
        raise Problem("delivery.duplicates", count=len(plan.duplicates))
    if not plan.rows:
        raise Problem("delivery.nothing")
    delivery = Delivery.objects.create(
        campaign=campaign,
        key=key,
        created_at=now,
        created_by=user,
        template=options.template_text,
        with_id_number=options.with_id_number,
        with_dbf=options.with_dbf,
        with_proofs=options.with_proofs,
        **encryption_columns(options.encryption, options.age_recipient),
    )
    store_items(delivery, ((row.submission, row.name, row.values) for row in plan.rows))
    execute_alike([row.checked for row in plan.rows])
    start_check(delivery, now)
    return delivery


def encryption_columns(encryption: Encryption, age_recipient: str) -> dict[str, str]:
    password = encrypt(ENCRYPTION_KEY, new_password()) if encryption is Encryption.ZIP_AES else ""
    recipient = age_recipient if encryption is Encryption.AGE else ""
    return {"encryption": encryption.value, "age_recipient": recipient, "password_encrypted": password}


def store_items(delivery: Delivery, rows: Iterable[tuple[Submission, str, dict[str, str]]]) -> None:
    items = [
        DeliveryItem(
            delivery=delivery,
            position=position,
            submission=submission,
            portrait_sha256=submission.portrait_sha256 or "",
            row_encrypted=encrypt_row(name, values),
        )
        for position, (submission, name, values) in enumerate(rows)
    ]
    DeliveryItem.objects.bulk_create(items, batch_size=_BATCH_SIZE)


def package_for_chsi(source: Delivery, user: Any, now: datetime) -> Delivery:
    """Plan CHSI's package of the portraits of a delivery, or return the existing package. Raises Problem:
    delivery.duplicates, delivery.check_first (the check is not over, and portraits may still be taken out)."""
    if source.status == Status.WAITING.value:
        raise Problem("delivery.check_first")
    with transaction.atomic():
        package, is_new = Delivery.objects.get_or_create(
            source=source,
            receiver=Receiver.CHSI.value,
            defaults={
                "campaign": source.campaign,
                "key": f"{source.pk}:chsi",
                "created_at": now,
                "created_by": user,
                "template": "",
                **encryption_columns(Encryption(source.encryption), source.age_recipient),
            },
        )
        if is_new:
            store_items(package, chsi_rows(source))
            start_check(package, now)
        return package
