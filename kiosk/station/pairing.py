"""The station's pairing with its server, stored encrypted with the station's own key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from config.atomic_file import write_atomic
from config.errors import Problem
from config.i18n import Message
from config.settings.station import StationSettings
from config.text_normalization import normalize_text
from kiosk.station.paths import StationPaths, ensure_data_dir, local_time
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Pairing
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.signing_key import create_signing_key

_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class PairingRecord:
    """The server's address, and the credentials that it issued for the one-time code."""

    url: str
    credentials: Pairing


def write_pairing(path: Path, cipher: FileCipher, record: PairingRecord) -> None:
    """Replace the pairing atomically; only this station's user can read the file."""
    text = json.dumps({"url": record.url, "pairing": record.credentials.model_dump()})
    write_atomic(path, cipher.encrypt(text.encode("utf-8")))


def read_pairing(path: Path, cipher: FileCipher) -> PairingRecord | None:
    """Return the pairing, or None if there is none yet. Raises Problem if the file is damaged."""
    if not path.exists():
        return None
    try:
        record = json.loads(cipher.decrypt(path.read_bytes()))
        return PairingRecord(record["url"], Pairing.model_validate(record["pairing"]))
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise Problem("pairing.damaged", file=path.name) from error


def pair(settings: StationSettings, folder: Path, url: str, code: str) -> PairingRecord:
    """Pair this station with a server by a one-time code, and store the pairing. Raises Problem."""
    url = normalize_text(url).strip()  # a Chinese input method types ： and ／
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _pairing_problem(url, Problem("upload.bad_address", url=url)) from error
    if parts.scheme == "http" and not settings.server.allow_http and parts.hostname not in _LOCAL_HOSTS:
        raise Problem("pairing.http", url=url)
    try:
        pairing = Client.pair(url, code, settings.station.name)
    except ServerUnreachable as problem:
        raise _pairing_problem(url, problem) from problem
    paths = StationPaths(folder)
    ensure_data_dir(folder)
    record, cipher = PairingRecord(url, pairing), FileCipher.load_or_create(paths.key)
    write_pairing(paths.pairing, cipher, record)
    create_signing_key(paths.signing_key, cipher, local_time().date())  # the first heartbeat reports it
    return record


def _pairing_problem(url: str, problem: Problem) -> Problem:
    """Return what a person can do: a login page, a proxy or an untrusted certificate is no missing server."""
    if problem.key == "upload.unreachable":
        return Problem("pairing.unreachable", url=url)
    return Problem("pairing.failed", url=url, why=Message(problem.key, problem.values))
