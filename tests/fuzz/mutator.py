"""Damaged copies of bytes, the same for the same random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

LONGEST = 1 << 16
_SPECIAL_VALUES = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xd9",
    b'"',
    b"{",
)


def _flip(data: bytearray, chance: Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(data: bytearray, chance: Random) -> None:
    at, piece = chance.randrange(len(data)), chance.choice(_SPECIAL_VALUES)
    data[at : at + len(piece)] = piece


def _insert(data: bytearray, chance: Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice((*_SPECIAL_VALUES, chance.randbytes(chance.randint(1, 9))))


def _delete(data: bytearray, chance: Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.choice((1, 2, 4, 16, 64, 1000))]


def _repeat(data: bytearray, chance: Random) -> None:
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 12, 64, 500))
    data[at:at] = data[at : at + length] * chance.choice((1, 2, 8))


def _move(data: bytearray, chance: Random) -> None:
    start, length = chance.randrange(len(data)), chance.choice((2, 4, 12, 64))
    piece = data[start : start + length]
    at = chance.randrange(len(data))
    data[at : at + len(piece)] = piece


def _cut(data: bytearray, chance: Random) -> None:
    del data[chance.randrange(len(data)) :]


_MUTATIONS: Sequence[Callable[[bytearray, Random], None]] = (
    _flip,
    _flip,
    _set,
    _set,
    _insert,
    _delete,
    _repeat,
    _move,
    _cut,
)


def mutated(seeds: Sequence[bytes], chance: Random) -> bytes:
    """Return one of the seeds with one to eight damages, now and then joined to the end of another."""
    data = bytearray(chance.choice(seeds))
    if chance.random() < 0.1:
        other = chance.choice(seeds)
        data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if data:
            chance.choice(_MUTATIONS)(data, chance)
    return bytes(data[:LONGEST])
