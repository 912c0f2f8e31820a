"""Sealing of the server's keys with age (https://age-encryption.org/v1), for a recovery key whose secret part is not on
this server, or with a passphrase.

Nobody can read the ID numbers and addresses of a backup without the keys; see server.secrets.key_store.
"""

from __future__ import annotations

from typing import Final

import pyrage

from config.errors import Problem

MIN_PASSPHRASE: Final = 12


def seal_for_key(keys: bytes, recipient: str) -> bytes:
    """Seal for an age public key that `server.delivery.encryption.check_recipient` has accepted."""
    return bytes(pyrage.encrypt(keys, [pyrage.x25519.Recipient.from_str(recipient)]))


def seal_with_passphrase(keys: bytes, passphrase: str) -> bytes:
    """Raises Problem backup.passphrase_short."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise Problem("backup.passphrase_short", least=MIN_PASSPHRASE)
    return bytes(pyrage.passphrase.encrypt(keys, passphrase))


def open_with_key(sealed: bytes, identity: str) -> bytes:
    """Open with the secret keys in the text of an age key file. Raises Problem: backup.identity_wrong,
    backup.sealed."""
    lines = [line.strip() for line in identity.splitlines()]
    try:
        identities = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        return bytes(pyrage.decrypt(sealed, identities))
    except pyrage.IdentityError as error:
        raise Problem("backup.identity_wrong") from error
    except pyrage.DecryptError as error:
        raise Problem("backup.sealed") from error


def open_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """Raises Problem backup.sealed."""
    try:
        return bytes(pyrage.passphrase.decrypt(sealed, passphrase))
    except pyrage.DecryptError as error:
        raise Problem("backup.sealed") from error
