"""Encryption at rest on a station: AES-256-GCM with a key that never leaves the machine."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.atomic_file import make_private_folder, sync_folder
from config.errors import Problem

KEY_SIZE: Final = 32
CREDENTIAL_NAME: Final = "zhengguan-station.key"
_MAGIC: Final = b"ZGV1"
"""First bytes of every encrypted file, authenticated with it: the file type and the encryption format."""
_NONCE_SIZE: Final = 12


class FileCipher:
    """Encrypts and decrypts bytes. A random 96-bit nonce per message is safe for 2^32 messages (NIST SP 800-38D,
    8.3)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"The key must have {KEY_SIZE} bytes, not {len(key)}.")
        self._aead = AESGCM(key)

    @classmethod
    def load_or_create(cls, path: Path) -> FileCipher:
        """Load the key file at `path`, or create it on first use, readable by its owner only.

        Raises Problem (encryption.key_broken, encryption.key_unreadable) if the file has no valid key, and
        (encryption.key_missing) if there is none although its folder has encrypted files: a new key would make them
        unreadable, so a person must decide.
        """
        if not _key_file(path).exists():
            if contains_encrypted_files(path.parent):
                raise Problem("encryption.key_missing", path=path)
            _write_key(path, secrets.token_bytes(KEY_SIZE))
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> FileCipher:
        """Load an existing key file. Raises Problem as `load_or_create`; never creates a key."""
        try:
            return cls(_read_key(_key_file(path)))
        except FileNotFoundError as error:
            raise Problem("encryption.key_missing", path=path) from error
        except OSError as error:
            raise Problem("encryption.key_unreadable", path=path, why=error.strerror or str(error)) from error

    def encrypt(self, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _MAGIC + nonce + self._aead.encrypt(nonce, data, _MAGIC)

    def decrypt(self, encrypted: bytes) -> bytes:
        """Decrypt the bytes. Raises Problem (encryption.tampered) with another key or after any change."""
        head = len(_MAGIC) + _NONCE_SIZE
        if not encrypted.startswith(_MAGIC):
            raise Problem("encryption.tampered")
        try:
            return self._aead.decrypt(encrypted[len(_MAGIC) : head], encrypted[head:], _MAGIC)
        except (InvalidTag, ValueError) as error:  # ValueError: truncated before the end of the nonce
            raise Problem("encryption.tampered") from error


def contains_encrypted_files(folder: Path) -> bool:
    """Return whether a station's data folder has an encrypted file, in it or one folder below, complete or not."""
    if not folder.is_dir():
        return False
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        with contextlib.suppress(OSError):  # a file that this user may not read
            if path.is_file():
                with path.open("rb") as file:
                    if file.read(len(_MAGIC)) == _MAGIC:
                        return True
    return False


def _key_file(path: Path) -> Path:
    """Return the path of the key that systemd decrypted (systemd.exec(5), CREDENTIALS), or else `path`: on an installed
    station the key need not be on the disk in clear."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL_NAME).is_file():
        return Path(credentials) / CREDENTIAL_NAME
    return path


def _read_key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_SIZE:
        raise Problem("encryption.key_broken", path=path)
    return key


def _write_key(path: Path, key: bytes) -> None:
    """Write the file completely or not at all, and never over a key that another process created meanwhile."""
    make_private_folder(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)
