"""RSA with SHA-256 (PKCS#1 v1.5), which both gateways use, and the key files for it.

No message and no exception contains key material: an exception of the parser is replaced by one with our own text.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

MIN_KEY_BITS: Final = 2048  # both gateways require it for RSA with SHA-256
SIMULATED_MARK: Final = "SIMULATED"  # a line above the key in the simulator's key files


def sign(key: RSAPrivateKey, data: bytes) -> str:
    """Return the signature in Base64."""
    return base64.b64encode(key.sign(data, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")


def is_signed_by(key: RSAPublicKey, data: bytes, signature: str) -> bool:
    """Whether the Base64 text is this key's signature of the data."""
    try:
        key.verify(base64.b64decode(signature, validate=True), data, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def parse_private_key(text: str) -> RSAPrivateKey:
    """Read PEM, PKCS#1 or PKCS#8, or Alipay's Base64 without the PEM lines. Raises ValueError, without `text`."""
    for data in _as_pem(text, "PRIVATE KEY", "RSA PRIVATE KEY"):
        try:
            key = serialization.load_pem_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, RSAPrivateKey) and key.key_size >= MIN_KEY_BITS:
            return key
    raise ValueError(f"it is not an unencrypted RSA private key of at least {MIN_KEY_BITS} bits") from None


def parse_public_key(text: str) -> RSAPublicKey:
    """Read a public key or a certificate in PEM, or Base64 without the PEM lines. Raises ValueError."""
    for data in _as_pem(text, "PUBLIC KEY"):
        try:
            certificate = b"BEGIN CERTIFICATE" in data
            key: object = (
                x509.load_pem_x509_certificate(data).public_key()
                if certificate
                else serialization.load_pem_public_key(data)
            )
        except (ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS:
            return key
    raise ValueError(f"it is not an RSA public key of at least {MIN_KEY_BITS} bits")


def is_marked_simulated(text: str) -> bool:
    """Whether the simulator wrote this key file."""
    return SIMULATED_MARK in text.partition("-----BEGIN")[0]


def _as_pem(text: str, *kinds: str) -> list[bytes]:
    """Return the key as PEM of each kind. Alipay's key tool saves the Base64 alone; PEM is returned unchanged."""
    if "-----BEGIN" in text:
        return [text.encode()]
    lines = "\n".join("".join(text.split())[i : i + 64] for i in range(0, len("".join(text.split())), 64))
    return [f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n".encode() for kind in kinds]
