"""Ed25519 keys (RFC 8032) as hexadecimal digits, and the file with a school's public keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import Field

from config.errors import Problem

PublicKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
SEED_BYTES: Final = 32
MAX_KEY_FILE_BYTES: Final = 64 << 10
_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


class SigningKey:
    """A private key, made of 32 random bytes. `repr` does not show them."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Return the signature, which is always the same for the same data."""
        return self._key.sign(data).hex()


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    """Return whether the signature of `data` was made with the private part of this key; False, too, if one of the two
    is malformed."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """Return the beginning of the key's SHA-256 in groups of four digits, for people to compare.

    >>> fingerprint("00" * 32)
    '6668 7aad f862 bd77'
    """
    digits = sha256(bytes.fromhex(public_key)).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def key_file(public_keys: Iterable[str]) -> str:
    """Return the text of a file with the keys: PEM, which OpenSSL reads too, each below its fingerprint."""
    return "".join(f"{fingerprint(key)}\n{_pem(key)}" for key in public_keys)


def read_key_file(content: bytes) -> tuple[str, ...]:
    """Return the keys of a file of `key_file`. Raises Problem proof.no_key if there is none, or one is of another
    kind."""
    text = content[:MAX_KEY_FILE_BYTES].decode("utf-8", "replace")
    try:
        keys = tuple(_read_pem(block) for block in _PEM.findall(text))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Problem("proof.no_key") from error
    if not keys:
        raise Problem("proof.no_key")
    return keys


def _pem(public_key: str) -> str:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _read_pem(block: str) -> str:
    key = load_pem_public_key(block.encode("ascii", "replace"))
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key.public_bytes_raw().hex()
