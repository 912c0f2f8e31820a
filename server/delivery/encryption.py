"""Encryption of the files of a package: with age for the receiver's public key, or with a password as WinZip does.

pyrage and pyzipper are loaded only where a delivery uses them.
"""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from server.delivery.models import Encryption

_MODULES: Final = {Encryption.AGE: "pyrage", Encryption.ZIP_AES: "pyzipper"}
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look alike in print
_GROUPS: Final = 5
_GROUP_LENGTH: Final = 5
"""25 of 31 characters: 123 bits."""
_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a zip file: the same plan gives the same bytes."""
_FILE_MODE: Final = 0o644 << 16
Entries = Iterable[tuple[str, bytes]]


def is_available(encryption: Encryption) -> bool:
    return encryption is Encryption.NONE or find_spec(_MODULES[encryption]) is not None


def require_available(encryption: Encryption) -> None:
    """Raise Problem delivery.package_missing if this server lacks the Python package."""
    if not is_available(encryption):
        raise Problem("delivery.package_missing", package=_MODULES[encryption])


def check_recipient(text: str) -> str:
    """Return the age public key without blanks. Raises Problem: delivery.recipient_wrong, delivery.package_missing;
    delivery.recipient_secret for a secret key, which must not be sent to anybody."""
    recipient = "".join(text.split())
    if recipient.upper().startswith("AGE-SECRET-KEY-"):
        raise Problem("delivery.recipient_secret")
    pyrage = _load(Encryption.AGE)
    try:
        pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise Problem("delivery.recipient_wrong") from error
    return recipient


def new_password() -> str:
    """Return a random password that can be read out on the telephone."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def write_package(path: Path, entries: Entries, encryption: Encryption, recipient: str, password: str) -> None:
    """Write the files as a zip file that is stored, not compressed (a JPEG does not get smaller), and encrypted."""
    if encryption is Encryption.ZIP_AES:
        _write_zip_aes(path, entries, password)
    elif encryption is Encryption.NONE:
        _write_zip(path, entries)
    else:
        _write_age(path, entries, recipient)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _write_zip(path: Path, entries: Entries) -> None:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as package:
        for name, content in entries:
            package.writestr(_entry(zipfile.ZipInfo(name, _DATE)), content)


def _write_zip_aes(path: Path, entries: Entries, password: str) -> None:
    pyzipper = _load(Encryption.ZIP_AES)
    with pyzipper.AESZipFile(path, "x", compression=zipfile.ZIP_STORED, encryption=pyzipper.WZ_AES) as package:
        package.setpassword(password.encode())
        for name, content in entries:
            package.writestr(_entry(pyzipper.zipfile_aes.AESZipInfo(name, _DATE)), content)


def _write_age(path: Path, entries: Entries, recipient: str) -> None:
    pyrage = _load(Encryption.AGE)
    plain = path.with_name(f"{path.name}.plain")
    try:
        _write_zip(plain, entries)
        pyrage.encrypt_file(str(plain), str(path), [pyrage.x25519.Recipient.from_str(recipient)])
    finally:
        plain.unlink(missing_ok=True)


def _entry(entry: Any) -> Any:
    entry.external_attr = _FILE_MODE
    return entry


def _load(encryption: Encryption) -> Any:
    require_available(encryption)
    return import_module(_MODULES[encryption])
