"""Encryption of secrets in the database and of files that wait for a decision, with a key that is stored elsewhere."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(key: str, text: str) -> str:
    """Encrypt `text` with the newest key of that name."""
    return _fernet(key).encrypt(text.encode()).decode("ascii")


def decrypt(key: str, token: str) -> str:
    """Decrypt a token of `encrypt`. Raises cryptography's InvalidToken if no key of that name fits."""
    return _fernet(key).decrypt(token.encode("ascii")).decode()


def encrypt_bytes(key: str, content: bytes) -> bytes:
    """Encrypt the content of a file."""
    return _fernet(key).encrypt(content)


def decrypt_bytes(key: str, token: bytes) -> bytes:
    """Decrypt the result of `encrypt_bytes`. Raises cryptography's InvalidToken if no key of that name fits."""
    return _fernet(key).decrypt(token)


def reencrypt(key: str, token: str) -> str:
    """Encrypt the same secret with the newest key. Raises InvalidToken."""
    return _fernet(key).rotate(token.encode("ascii")).decode("ascii")


def _fernet(key: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(bytes.fromhex(one))) for one in settings.KEY_STORE.keys(key)])
