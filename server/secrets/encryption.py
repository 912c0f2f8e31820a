"""Short secrets in the database, encrypted with a key that is not in it."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(key: str, text: str) -> str:
    """`text` encrypted with the newest key of that name."""
    return _fernet(key).encrypt(text.encode()).decode("ascii")


def decrypt(key: str, token: str) -> str:
    """What `encrypt` was given; cryptography's InvalidToken where no key of that name is the right one."""
    return _fernet(key).decrypt(token.encode("ascii")).decode()


def reencrypt(key: str, token: str) -> str:
    """The same secret under the newest key. Raises InvalidToken."""
    return _fernet(key).rotate(token.encode("ascii")).decode("ascii")


def _fernet(key: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(bytes.fromhex(one))) for one in settings.KEY_STORE.keys(key)])
