"""The shipped sitter: its outline, and its equality with a new cut-out of the photograph and new expressions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hardware.simulators.studio_camera.expression import ExpressionRenderer
from hardware.simulators.studio_camera.person import (
    DETAIL,
    FACE,
    FACES,
    FACES_STORED,
    PHOTOGRAPHED,
    PICTURE,
    POINTS,
    RELIEF,
    Person,
)
from hardware.simulators.studio_camera.scene import Script, between
from hardware.simulators.studio_camera.sitter_layer import FRAME, SitterRenderer, expression_key
from tests.bench.cut_out_sitter import cut_out_sitter, write_person
from tests.bench.sitter_relief import make_relief


def cover(person: Person, x: float, y: float) -> int:
    """Return the alpha of the sitter at a point of the photograph, 0..255."""
    return int(person.rgba[round(y * DETAIL), round(x * DETAIL), 3])


@pytest.mark.parametrize(
    ("part", "x", "y"),
    [("nose", 223, 130), ("hair", 226, 30), ("rim", 158, 153), ("suit", 200, 330), ("left shoulder", 70, 260)],
)
def test_the_sitter_is_complete(person: Person, part: str, x: int, y: int) -> None:
    assert cover(person, x, y) == 255, part


@pytest.mark.parametrize(
    ("part", "x", "y"),
    [("flag", 30, 100), ("shuttle", 420, 150), ("table", 400, 300), ("under the ear", 272, 145), ("low flag", 8, 480)],
)
def test_nothing_else_is_in_the_cut_out(person: Person, part: str, x: int, y: int) -> None:
    assert cover(person, x, y) == 0, part


def test_colours_never_exceed_their_cover(person: Person) -> None:
    """They are premultiplied: a colour above its alpha would be too bright on any backdrop."""
    assert (person.rgba[..., :3].max(axis=2).astype(int) - person.rgba[..., 3]).max() <= 1


def test_the_shipped_sitter_equals_a_new_cut_out_of_the_photograph(person: Person) -> None:
    """Other processors round a few pixels of the matte differently."""
    rgba, points = cut_out_sitter()
    assert np.abs(rgba.astype(int) - person.rgba).mean() < 0.05
    assert np.abs(points - person.points).max() < 0.5


def test_the_stored_relief_equals_that_of_the_points(person: Person) -> None:
    assert np.abs(make_relief(person.points) - person.relief).max() < 1e-3


def test_the_stored_expressions_equal_rendered_ones_and_change_nothing_else(person: Person) -> None:
    """Other processors round a few pixels differently."""
    renderer = ExpressionRenderer(person)
    assert list(person.faces) == list(FACES_STORED)
    for expression, face in person.faces.items():
        rendered = renderer.with_expression(*expression)
        difference = np.abs(rendered[FACE].astype(int) - face)
        assert difference.max() <= 1, expression
        assert (difference > 0).mean() < 0.001, expression
        outside = rendered.copy()
        outside[FACE] = person.rgba[FACE]
        assert np.array_equal(outside, person.rgba), expression
        assert not np.array_equal(face, person.rgba[FACE]), expression


def test_opening_the_studio_renders_no_expression(
    person: Person, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[tuple[float, ...]] = []
    monkeypatch.setattr(ExpressionRenderer, "with_expression", lambda _, *shown: rendered.append(shown) or person.rgba)
    sitter = SitterRenderer(person)
    sitter.warm_up(script.scenes.values())
    assert rendered == []
    sitter.warm_up([replace(script.scenes["right"], eyes=0.5, mouth=0.25)])
    assert (0.5, 0.25) in rendered


def test_every_movement_between_two_scenes_shows_stored_expressions(script: Script) -> None:
    movements = itertools.permutations(script.scenes.values(), 2)
    shown = {expression_key(between(*movement, step / 20)) for movement in movements for step in range(21)}
    assert shown == {PHOTOGRAPHED, *FACES_STORED}


def test_a_stored_expression_is_shown_like_a_rendered_one(person: Person, script: Script) -> None:
    """Other processors round a few pixels differently."""
    scene = script.scenes["eyes_shut"]
    stored, rendered = (SitterRenderer(sitter).render(scene, FRAME) for sitter in (person, replace(person, faces={})))
    assert stored is not None
    assert rendered is not None
    assert np.array_equal(stored.cover, rendered.cover)
    assert np.abs(stored.colours.astype(int) - rendered.colours).max() <= 1
    open_eyed = SitterRenderer(person).render(script.scenes["right"], FRAME)
    assert open_eyed is not None
    assert np.abs(stored.colours.astype(int) - open_eyed.colours).max() > 50


def test_all_files_are_written_without_loss(person: Person, tmp_path: Path) -> None:
    write_person(person, tmp_path, quality=0, method=1)  # the least effort that needs `exact`
    assert (tmp_path / POINTS.name).read_bytes() == POINTS.read_bytes()
    assert (tmp_path / RELIEF.name).read_bytes() == RELIEF.read_bytes()
    for name, rgba in ((PICTURE.name, person.rgba), (FACES.name, np.vstack(list(person.faces.values())))):
        with Image.open(tmp_path / name) as written:
            assert np.array_equal(np.asarray(written), rgba)
