"""The key with which a station signs its portraits, in a file that is encrypted like its other secrets."""

from __future__ import annotations

import json
import logging
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from config.atomic_file import write_atomic
from config.errors import Problem
from kiosk.capture.proof.keys import SEED_BYTES, SigningKey
from kiosk.upload.encryption import FileCipher

SIGNING_KEY_FILE: Final = "signing.sealed"
"""The name of the key's file in the data folder."""
MAX_AGE: Final = timedelta(days=730)
"""Two years; the server certifies a key for three, so that portraits that wait to be sent are still covered."""
log = logging.getLogger(__name__)


def load_signing_key(path: Path, cipher: FileCipher) -> SigningKey | None:
    """Return the key; None if there is none, or if its file is damaged. Portraits are then not signed."""
    stored = _read(path, cipher)
    return stored[0] if stored else None


def ensure_signing_key(path: Path, cipher: FileCipher, today: date) -> SigningKey | None:
    """Return the key; create one if there is none, it is older than two years, or its file is damaged. None if it
    cannot be written: photos are more important than their signatures."""
    stored = _read(path, cipher)
    if stored is not None and today - stored[1] <= MAX_AGE:
        return stored[0]
    return create_signing_key(path, cipher, today)


def create_signing_key(path: Path, cipher: FileCipher, today: date) -> SigningKey | None:
    """Create a new key in place of an earlier one."""
    seed = secrets.token_bytes(SEED_BYTES)
    text = json.dumps({"seed": seed.hex(), "created": today.isoformat()})
    try:
        write_atomic(path, cipher.encrypt(text.encode("ascii")))
    except OSError as error:
        log.error("no signing key could be stored, so portraits are not signed: %s", error)
        return None
    return SigningKey(seed)


def _read(path: Path, cipher: FileCipher) -> tuple[SigningKey, date] | None:
    try:
        stored = json.loads(cipher.decrypt(path.read_bytes()))
        return SigningKey(bytes.fromhex(stored["seed"])), date.fromisoformat(stored["created"])
    except FileNotFoundError:
        return None
    except (OSError, Problem, ValueError, KeyError, TypeError) as error:
        log.error("the signing key cannot be read: %s", error)
        return None
