"""The play: its scenes in order at their times, and no jump between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from hardware.simulators.studio_camera.scene import Director, Movement, Scene, Script, load_script


def test_the_play_visits_its_scenes_and_the_last_one_stays(script: Script) -> None:
    director = Director(script, "empty", now=100.0)
    director.play(100.0)
    at = 100.0
    for step in script.play.steps:
        director.at(at)
        assert director.scene_name == step.scene
        at += step.seconds
        if step.seconds > 2:
            assert director.at(at - 0.001) == script.scenes[step.scene]
    assert director.at(at + 3600) == script.scenes["right"]


def test_the_default_play_is_the_one_of_the_demo(script: Script) -> None:
    names = [step.scene for step in script.play.steps]
    assert names == [
        "empty", "off_centre", "too_near", "tilted", "half_dark", "wall_shadow", "eyes_shut", "right",
    ]  # fmt: skip


def test_playing_again_begins_again(script: Script) -> None:
    director = Director(script, "empty", now=0.0)
    director.play(0.0)
    director.at(1000.0)
    director.play(1000.0)
    director.at(1000.0)
    assert director.scene_name == "empty"


def test_a_requested_scene_ends_the_play(script: Script) -> None:
    director = Director(script, "empty", now=0.0)
    director.play(0.0)
    director.show("tilted", 1.0)
    assert director.at(1000.0) == script.scenes["tilted"]


def test_stop_keeps_the_scene_that_is_on(script: Script) -> None:
    director = Director(script, "empty", now=0.0)
    director.play(0.0)
    director.at(3.0)
    director.stop()
    assert director.at(1000.0) == script.scenes["off_centre"]


def test_the_sitter_moves_without_a_jump_even_when_interrupted(script: Script) -> None:
    director = Director(script, "right", now=0.0)
    director.show("off_centre", 10.0)
    before = director.at(10.2)
    director.show("tilted", 10.2)
    assert director.at(10.2) == before
    xs = [director.at(10.2 + n / 30).x for n in range(40)]
    assert max(abs(b - a) for a, b in pairwise(xs)) < 0.03
    assert director.at(12.0) == script.scenes["tilted"]


def test_walking_takes_longer_than_nodding() -> None:
    here = Scene()
    assert Movement(here, replace(here, x=-0.75), 0.0).seconds > Movement(here, replace(here, roll=9.0), 0.0).seconds


def test_the_sitter_blinks_only_in_scenes_with_blinks(script: Script) -> None:
    moments = [n / 100 for n in range(1000, 1600)]
    for name, lowest in (("right", 1.0), ("blinking", 0.0)):
        director = Director(script, name, now=0.0)
        eyes = [director.at(now).eyes for now in moments]
        assert min(eyes) == pytest.approx(lowest, abs=0.01)
        assert sum(eyes) / len(eyes) > 0.9


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[scenes.a]\nyawn = 3\n[play]\nsteps = [{scene = "a", seconds = 1.0}]', "yawn"),
        ('[scenes.a]\n[play]\nsteps = [{scene = "b", seconds = 1.0}]', "scenes that do not exist: b"),
        ('[scenes.a]\nx = "left"\n[play]\nsteps = [{scene = "a", seconds = 1.0}]', "x"),
        ("[scenes.a]\n[play]\nsteps = []", "none at all"),
    ],
)
def test_an_error_in_the_file_is_named(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "scenes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=named):
        load_script(path)
