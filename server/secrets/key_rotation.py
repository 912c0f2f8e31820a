"""Encrypt every secret of the database with the newest key, after one was added on top of the key file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import transaction

from server.accounts.models import ENCRYPTED_COLUMNS as ACCOUNT_COLUMNS
from server.accounts.models import Account, LinkRequest
from server.audit.models import Action
from server.audit.record import record
from server.delivery.models import ENCRYPTION_KEY as DELIVERY_KEY
from server.delivery.models import Delivery, DeliveryItem
from server.notices.contacts import COLUMNS as CONTACT_COLUMNS
from server.notices.contacts import ENCRYPTION_KEY as CONTACT_KEY
from server.notices.models import Contact
from server.records.import_models import RosterChange
from server.records.models import Student
from server.secrets.encryption import reencrypt
from server.stations.models import Station
from server.stations.pairing import ENCRYPTION_KEY as STATION_KEY

BATCH_SIZE: Final = 500


def reencrypt_everything() -> int:
    """Encrypt all secrets; return their number. A repeated call encrypts current secrets once more."""
    count = _reencrypt_students() + _reencrypt_earlier_numbers() + _reencrypt_stations() + _reencrypt_contacts()
    count += _reencrypt_deliveries() + _reencrypt_accounts()
    record(Action.KEYS_CHANGED, reencrypted=count)
    return count


def _reencrypt_stations() -> int:
    paired = Station.objects.exclude(roster_key_encrypted="")
    for station in paired:
        key = reencrypt(STATION_KEY, station.roster_key_encrypted)
        Station.objects.filter(pk=station.pk).update(roster_key_encrypted=key)
    return len(paired)


def _reencrypt_contacts() -> int:
    """Encrypt addresses of students, and earlier addresses of imports that can be undone."""
    rows: list[Contact | RosterChange] = list(Contact.objects.all())
    rows += RosterChange.objects.filter(changes_contact=True)
    return sum(_reencrypt_columns(row, CONTACT_COLUMNS.values()) for row in rows)


def _reencrypt_columns(row: Contact | RosterChange | Account | LinkRequest, names: Iterable[str]) -> int:
    columns = [column for column in names if getattr(row, column)]
    for column in columns:
        setattr(row, column, reencrypt(CONTACT_KEY, getattr(row, column)))
    row.save(update_fields=columns)
    return len(columns)


def _reencrypt_accounts() -> int:
    """Encrypt phone, e-mail and name of each account, and name and number of each request to a clerk."""
    accounts = sum(_reencrypt_columns(account, ACCOUNT_COLUMNS) for account in Account.objects.iterator(BATCH_SIZE))
    columns = ("name_encrypted", "number_encrypted")
    return accounts + sum(_reencrypt_columns(one, columns) for one in LinkRequest.objects.iterator(BATCH_SIZE))


def _reencrypt_students() -> int:
    count, last = 0, ""
    while True:
        with transaction.atomic():
            later = Student.objects.select_for_update(no_key=True).filter(id__gt=last).order_by("id")
            batch = list(later.only("id", "id_number_encrypted")[:BATCH_SIZE])
            for student in batch:
                student.id_number_encrypted = reencrypt("number", student.id_number_encrypted)
            Student.objects.bulk_update(batch, ["id_number_encrypted"])
        if not batch:
            return count
        count, last = count + len(batch), batch[-1].id


def _reencrypt_earlier_numbers() -> int:
    """Encrypt numbers that an import corrected, as long as it can be undone."""
    changes = list(RosterChange.objects.exclude(id_number_encrypted="").only("id", "id_number_encrypted"))
    for change in changes:
        change.id_number_encrypted = reencrypt("number", change.id_number_encrypted)
    RosterChange.objects.bulk_update(changes, ["id_number_encrypted"], batch_size=BATCH_SIZE)
    return len(changes)


def _reencrypt_deliveries() -> int:
    """Encrypt passwords of packages, and the rows of deliveries in batches."""
    deliveries = list(Delivery.objects.exclude(password_encrypted="").only("id", "password_encrypted"))
    for delivery in deliveries:
        delivery.password_encrypted = reencrypt(DELIVERY_KEY, delivery.password_encrypted)
    Delivery.objects.bulk_update(deliveries, ["password_encrypted"], batch_size=BATCH_SIZE)
    count, last = len(deliveries), 0
    while batch := list(
        DeliveryItem.objects.filter(pk__gt=last).order_by("pk").only("pk", "row_encrypted")[:BATCH_SIZE]
    ):
        for item in batch:
            item.row_encrypted = reencrypt(DELIVERY_KEY, item.row_encrypted)
        DeliveryItem.objects.bulk_update(batch, ["row_encrypted"])
        count, last = count + len(batch), batch[-1].pk
    return count
