"""The station's pairing with its server, kept on disk under the station's own key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from config.atomic_file import write_atomic
from config.errors import Problem
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Pairing


@dataclass(frozen=True)
class PairingRecord:
    """The server's address and what it gave for the one-time code."""

    url: str
    credentials: Pairing


def write_pairing(path: Path, cipher: FileCipher, record: PairingRecord) -> None:
    """Replaces the pairing in one step; readable by this station's user only."""
    text = json.dumps({"url": record.url, "pairing": record.credentials.model_dump()})
    write_atomic(path, cipher.encrypt(text.encode("utf-8")))


def read_pairing(path: Path, cipher: FileCipher) -> PairingRecord | None:
    """The pairing, or None where the station has none yet. Raises Problem where the file is spoilt."""
    if not path.exists():
        return None
    try:
        found = json.loads(cipher.decrypt(path.read_bytes()))
        return PairingRecord(found["url"], Pairing.model_validate(found["pairing"]))
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise Problem("pairing.damaged", file=path.name) from error
