"""The cut-out: her outline, and the file it is kept in."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from hardware.cameras.studio import person as room
from hardware.cameras.studio.cutout import DETAIL
from hardware.cameras.studio.person import Person, load_person


def cover(person: Person, x: float, y: float) -> int:
    """How much of her is at a point of the photograph, 0..255."""
    return int(person.rgba[round(y * DETAIL), round(x * DETAIL), 3])


@pytest.mark.parametrize(
    ("what", "x", "y"),
    [("nose", 223, 130), ("hair", 226, 30), ("rim", 158, 153), ("suit", 200, 330), ("left shoulder", 70, 260)],
)
def test_she_is_whole(person: Person, what: str, x: int, y: int) -> None:
    assert cover(person, x, y) == 255, what


@pytest.mark.parametrize(
    ("what", "x", "y"),
    [("flag", 30, 100), ("shuttle", 420, 150), ("table", 400, 300), ("under the ear", 272, 145), ("low flag", 8, 480)],
)
def test_nothing_else_is_left(person: Person, what: str, x: int, y: int) -> None:
    assert cover(person, x, y) == 0, what


def test_colours_never_exceed_their_cover(person: Person) -> None:
    """Premultiplied: a colour above its alpha would glow over any backdrop."""
    assert (person.rgba[..., :3].max(axis=2).astype(int) - person.rgba[..., 3]).max() <= 1


def small_person() -> Person:
    side = 512 * DETAIL
    return Person(np.full((side, side, 4), 9, np.uint8), np.zeros((478, 3), np.float32))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    """Cutting out is replaced by something quick that is counted."""
    log: list[Person] = []

    def make() -> Person:
        log.append(small_person())
        return log[-1]

    monkeypatch.setattr(room, "_make", make)
    return log


def test_the_cut_out_is_made_once_and_then_read(tmp_path: Path, made: list[Person]) -> None:
    first, second = load_person(tmp_path), load_person(tmp_path)
    assert len(made) == 1
    assert np.array_equal(first.rgba, second.rgba)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("damage", ["cut short", "not a file of ours", "empty", "another shape"])
def test_a_broken_file_is_made_anew(
    damage: str, tmp_path: Path, made: list[Person], caplog: pytest.LogCaptureFixture
) -> None:
    load_person(tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    match damage:
        case "cut short":
            path.write_bytes(whole[: len(whole) // 2])
        case "not a file of ours":
            path.write_bytes(b"hello" * 100)
        case "empty":
            path.write_bytes(b"")
        case _:
            np.savez(path, rgba=np.zeros((2, 2, 4), np.uint8), points=np.zeros((478, 3), np.float32))
    with caplog.at_level(logging.WARNING):
        again = load_person(tmp_path)
    assert len(made) == 2
    assert again.rgba.max() == 9
    assert "making it anew" in caplog.text
    load_person(tmp_path)
    assert len(made) == 2


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, made: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        load_person(tmp_path)
    assert list(tmp_path.iterdir()) == []
