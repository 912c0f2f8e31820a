"""Encrypts every secret of the database with the newest key, after a new one was put on top of the key file."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from server.audit.models import Action
from server.audit.record import record
from server.records.models import Student
from server.secrets.encryption import reencrypted
from server.stations.models import Station
from server.stations.pairing import KEY as STATION_KEY

AT_ONCE: Final = 500


def reencrypt_everything() -> int:
    """Returns how many secrets there are. Can be repeated: what is done already is only encrypted once more."""
    count = _students() + _stations()
    record(Action.KEYS_CHANGED, reencrypted=count)
    return count


def _stations() -> int:
    paired = Station.objects.exclude(roster_key_encrypted="")
    for station in paired:
        key = reencrypted(STATION_KEY, station.roster_key_encrypted)
        Station.objects.filter(pk=station.pk).update(roster_key_encrypted=key)
    return len(paired)


def _students() -> int:
    done, last = 0, ""
    while True:
        with transaction.atomic():
            some = list(Student.objects.filter(id__gt=last).order_by("id").only("id", "number_sealed")[:AT_ONCE])
            for student in some:
                student.number_sealed = reencrypted("number", student.number_sealed)
            Student.objects.bulk_update(some, ["number_sealed"])
        if not some:
            return done
        done, last = done + len(some), some[-1].id
