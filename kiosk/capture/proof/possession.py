"""Proof that a station has the private part of the key that it reports, so that nobody can report another's key."""

from __future__ import annotations

from kiosk.capture.proof.canonical import canonical_json
from kiosk.capture.proof.keys import SigningKey, is_signed


def sign_possession(key: SigningKey, station: str) -> str:
    """Return the signature that a station sends with its public key; `station` is its id at the server."""
    return key.sign(_content(key.public, station))


def has_private_key(public_key: str, station: str, signature: str) -> bool:
    """Return whether the signature was made for this station with the private part of the key."""
    return is_signed(_content(public_key, station), signature, public_key)


def _content(public_key: str, station: str) -> bytes:
    return canonical_json({"key": public_key, "station": station, "type": "zhengguan-signing-key", "version": 1})
