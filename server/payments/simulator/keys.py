"""The simulator's keys, and the merchant's: created once in a folder, with a mark in every file."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from server.payments.gateways.signing import SIMULATED_MARK
from server.secrets.private_files import private_folder, write_private

MCHID: Final = "1900000000"
APPID: Final = "wx0000000000000000"
SERIAL: Final = "00510A1E"  # of the merchant's certificate
KEY_ID: Final = "PUB_KEY_ID_0000000000000000000000000000000001"
NEXT_KEY_ID: Final = "PUB_KEY_ID_0000000000000000000000000000000002"
APP_ID: Final = "2021000000000000"
SELLER_ID: Final = "2088000000000000"
_MARK: Final = f"# {SIMULATED_MARK}: no money moves with this key\n"
_PRIVATE: Final = (
    "wechat_merchant",
    "wechat_platform",
    "wechat_next_platform",
    "alipay_app",
    "alipay_platform",
    "stranger",
)
API_V3_KEY_FILE: Final = "wechat_api_v3.key"
APP_SECRET_FILE: Final = "wechat_app_secret.key"


@dataclass(frozen=True)
class SimulatorKeys:
    """`stranger` signs forged messages. The "next" key replaces `wechat_platform` on command."""

    folder: Path
    wechat_merchant: RSAPrivateKey = field(repr=False)
    wechat_platform: RSAPrivateKey = field(repr=False)
    wechat_next_platform: RSAPrivateKey = field(repr=False)
    alipay_app: RSAPrivateKey = field(repr=False)
    alipay_platform: RSAPrivateKey = field(repr=False)
    stranger: RSAPrivateKey = field(repr=False)
    api_v3_key: bytes = field(repr=False)
    app_secret: str = field(repr=False)


def simulator_keys(folder: Path) -> SimulatorKeys:
    """Return the keys in the folder; the first call creates them, readable by this user only."""
    private_folder(folder)
    pairs = {name: _pair(folder, name) for name in _PRIVATE}
    api_v3_key = _read_or_write(folder / API_V3_KEY_FILE, lambda: secrets.token_hex(16))
    app_secret = _read_or_write(folder / APP_SECRET_FILE, lambda: secrets.token_hex(16))
    return SimulatorKeys(folder, **pairs, api_v3_key=api_v3_key.encode(), app_secret=app_secret)


def _pair(folder: Path, name: str) -> RSAPrivateKey:
    key = _load(_read_or_write(folder / f"{name}.pem", lambda: _MARK + _private_pem(_new_key())))
    _read_or_write(folder / f"{name}.pub.pem", lambda: _MARK + _public_pem(key))
    return key


def _load(text: str) -> RSAPrivateKey:
    """Read a key that this module has written. OpenSSL does not check its primes, which takes 0.05 s for each key."""
    key = serialization.load_pem_private_key(text.encode("ascii"), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def _read_or_write(path: Path, create: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, create())
    return path.read_text(encoding="ascii")


def _new_key() -> RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def _public_pem(key: RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )
