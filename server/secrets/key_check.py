"""Check whether the keys fit the data, and whether they are stored apart from it."""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from django.conf import settings

from config.errors import Problem
from server.records.id_number_protection import decrypt_number
from server.records.models import Student
from server.secrets.secret_file import is_open_to_others


def check_keys() -> None:
    """Raise Problem if the data was encrypted with a key that is missing: nothing may be written with another one."""
    sample = Student.objects.order_by("id").values_list("id_number_encrypted", flat=True).first()
    if sample is None:
        return
    try:
        decrypt_number(sample)
    except InvalidToken as error:
        raise Problem("keys.wrong", place=settings.KEY_STORE.file or settings.KEYS) from error


def key_warnings() -> list[Problem]:
    """Return warnings about where the keys are stored."""
    store = settings.KEY_STORE
    if store.file is None:
        return [Problem("keys.next_to_data", folder=store.folder)]
    if store.file.resolve().is_relative_to(settings.DATA):
        return [Problem("keys.next_to_data", folder=store.file)]
    warnings = [Problem("keys.open_to_others", file=store.file)] if is_open_to_others(str(store.file)) else []
    if store.leftover_files():
        warnings.append(Problem("keys.old_keys_remain", folder=store.folder))
    return warnings
