"""Keys that are sealed for a recovery key or with a passphrase cannot be opened with anything else."""

from __future__ import annotations

import pyrage
import pytest

from config.errors import Problem
from server.backup.age import open_with_key, open_with_passphrase, seal_for_key, seal_with_passphrase

KEYS = b"master=" + b"ab" * 32 + b"\n"
PASSPHRASE = "five random words of mine"


def test_the_recovery_key_opens_them() -> None:
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    sealed = seal_for_key(KEYS, str(identity.to_public()))
    assert KEYS not in sealed
    assert open_with_key(sealed, f"# created: 2026\n# public key: age1\n{identity}\n") == KEYS
    assert open_with_key(sealed, f"{other}\n{identity}") == KEYS
    with pytest.raises(Problem, match="could not be opened"):
        open_with_key(sealed, str(other))


@pytest.mark.parametrize("text", ["", "# nothing", "age1xyz", "AGE-SECRET-KEY-1", "\x00", "王小明"])
def test_another_file_is_no_recovery_key(text: str) -> None:
    sealed = seal_for_key(KEYS, str(pyrage.x25519.Identity.generate().to_public()))
    with pytest.raises(Problem, match=r"recovery key"):
        open_with_key(sealed, text)


def test_the_passphrase_opens_what_was_sealed_with_it() -> None:
    sealed = seal_with_passphrase(KEYS, PASSPHRASE)
    assert open_with_passphrase(sealed, PASSPHRASE) == KEYS
    for_a_key = seal_for_key(KEYS, str(pyrage.x25519.Identity.generate().to_public()))
    for other in (for_a_key, sealed[:20], b""):
        with pytest.raises(Problem, match="could not be opened"):
            open_with_passphrase(other, PASSPHRASE)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Problem, match="12"):
        seal_with_passphrase(KEYS, "elevenchars")


def test_a_damaged_file_is_one_sentence() -> None:
    identity = pyrage.x25519.Identity.generate()
    sealed = seal_for_key(KEYS, str(identity.to_public()))
    for place in range(0, len(sealed), 7):
        damaged = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Problem, match="could not be opened"):
            open_with_key(damaged, str(identity))
    for short in (b"", sealed[:50], sealed[:-1], KEYS):
        with pytest.raises(Problem, match="could not be opened"):
            open_with_key(short, str(identity))
