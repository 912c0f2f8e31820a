"""The shipped cut-out: her outline, and that it is the one made of her photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hardware.simulators.studio_camera.person import DETAIL, PICTURE, POINTS, Person
from tests.bench.cut_out_sitter import make_person, write_person


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


def test_the_shipped_sitter_is_what_the_photograph_gives(person: Person) -> None:
    """Other processors round a few pixels of the matte differently."""
    made = make_person()
    assert np.abs(made.rgba.astype(int) - person.rgba).mean() < 0.05
    assert np.abs(made.points - person.points).max() < 0.5


def test_both_files_are_written_without_loss(person: Person, tmp_path: Path) -> None:
    write_person(person, tmp_path, quality=0, method=1)  # of the efforts that need `exact`, the least
    assert (tmp_path / POINTS.name).read_bytes() == POINTS.read_bytes()
    with Image.open(tmp_path / PICTURE.name) as written:
        assert np.array_equal(np.asarray(written), person.rgba)
