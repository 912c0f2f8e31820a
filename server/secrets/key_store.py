"""The server's keys: from a key file outside the data folder, or from files in it that are created when needed.

An installed server gets a key file from systemd ($CREDENTIALS_DIRECTORY/zhengguan.keys, systemd.exec(5), CREDENTIALS),
so that a copy of the data folder, such as a backup, cannot be decrypted on its own. The file has one line for each key,
newest first:

    master=HEX        every key without its own line is derived from it (HKDF, RFC 5869)
    number=HEX        a separate key, from a server that kept its keys in the data folder before
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.errors import Problem
from server.secrets.private_files import private_folder, read_or_create_secret, read_secret, write_private

CREDENTIAL_NAME: Final = "zhengguan.keys"
MASTER_KEY: Final = "master"
KEY_BYTES: Final = 32


@dataclass(frozen=True)
class KeyStore:
    """`folder` holds keys created here; the `lines` (name, hex) of a key file replace them, and nothing is created."""

    folder: Path
    file: Path | None = None
    lines: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return every key of that name as hex, newest first. Data is encrypted with the first and decrypted with
        any."""
        return _keys(self, name)

    def current(self, name: str) -> str:
        return self.keys(name)[0]

    def oldest(self, name: str) -> str:
        """Return the key for hashes that are looked up: a newer key must not change them."""
        return self.keys(name)[-1]

    def read_current(self, name: str) -> str:
        """As `current`, but read again from the folder: another process may have called `replace`."""
        return self.current(name) if self.file is not None else read_or_create_secret(self.folder, name, KEY_BYTES)

    def replace(self, name: str) -> None:
        """Replace the key in the folder, which is lost: only for a key that encrypts nothing. Raises
        Problem keys.in_key_file with the line to add if the keys come from a key file."""
        if self.file is not None:
            raise Problem("keys.in_key_file", path=self.file, line=f"{name}={secrets.token_hex(KEY_BYTES)}")
        write_private(private_folder(self.folder) / f"{name}.key", secrets.token_hex(KEY_BYTES))

    def leftover_files(self) -> list[Path]:
        """Return key files in the data folder that are not used because the keys come from elsewhere."""
        if self.file is None or not self.folder.is_dir():
            return []
        return sorted(self.folder.glob("*.key"))

    def require_moved(self) -> None:
        """Raise Problem if a key in the data folder is missing from the key file: its data would not be readable."""
        for path in self.leftover_files():
            if path.read_text(encoding="ascii", errors="replace").strip() not in self.keys(path.stem):
                raise Problem("keys.not_moved", folder=self.folder, name=path.name)


@cache
def _keys(store: KeyStore, name: str) -> tuple[str, ...]:
    if store.file is None:
        return (read_or_create_secret(store.folder, name, KEY_BYTES),)
    keys = tuple(
        _derive(key, name) if line == MASTER_KEY else key for line, key in store.lines if line in (MASTER_KEY, name)
    )
    if not keys:
        raise Problem("keys.missing", name=name, path=store.file)
    return keys


def key_store(folder: Path, configured: str, environment: Mapping[str, str]) -> KeyStore:
    """Use the first that is set: ZHENGGUAN_SERVER_KEYS, the setting [server] keys, systemd's credentials; otherwise the
    keys are in `folder`. Raises Problem if a named key file cannot be read."""
    configured = environment.get("ZHENGGUAN_SERVER_KEYS") or configured
    if configured:
        return KeyStore(folder, Path(configured), _read_key_file(Path(configured)))
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL_NAME).is_file():
        path = Path(credentials) / CREDENTIAL_NAME
        return KeyStore(folder, path, _read_key_file(path))
    return KeyStore(folder)


def new_key_file(folder: Path) -> str:
    """Return the text of a key file: a new master key, followed by the keys in `folder`, so that existing data stays
    readable. Raises Problem keys.unreadable if one of them is damaged."""
    lines = [f"{MASTER_KEY}={secrets.token_hex(KEY_BYTES)}"]
    known = sorted(folder.glob("*.key")) if folder.is_dir() else []
    lines += [f"{path.stem}={read_secret(path, KEY_BYTES)}" for path in known]
    return "\n".join(lines) + "\n"


def key_file_of(store: KeyStore) -> bytes:
    """Return the content of a key file with every key of this server."""
    return new_key_file(store.folder).encode("ascii") if store.file is None else store.file.read_bytes()


def _read_key_file(path: Path) -> tuple[tuple[str, str], ...]:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not text"
        raise Problem("keys.unreadable", path=path, why=why) from error
    lines = [line.strip() for line in text.splitlines()]
    return tuple(_parse_line(path, line) for line in lines if line and not line.startswith("#"))


def _parse_line(path: Path, line: str) -> tuple[str, str]:
    name, _, key = line.partition("=")
    try:
        whole = len(bytes.fromhex(key.strip())) == KEY_BYTES
    except ValueError:
        whole = False
    if not whole or not name.strip().isidentifier():
        raise Problem("keys.unreadable", path=path, why="a line is not NAME=64 hexadecimal digits")
    return name.strip(), key.strip().lower()


def _derive(master: str, name: str) -> str:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"zhengguan {name}".encode()).derive(bytes.fromhex(master)).hex()
