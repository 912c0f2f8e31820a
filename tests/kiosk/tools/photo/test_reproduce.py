"""`zhengguan photo reproduce`: the same bytes in every process, and the cause of a difference."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.recipe.replay import plan_replay
from kiosk.tools.photo.__main__ import main
from tests.kiosk.tools.photo.conftest import Command, SmallShot

CaptureFixture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class MadePortrait:
    """A shot, its portrait and its recipe, as `make` stores them."""

    shot: Path
    portrait: Path
    recipe: Path
    entries: dict[str, Any]

    def with_changes(self, path: Path, **entries: Any) -> Path:
        """Write the recipe with changed entries to `path`; encoder__quality stands for "encoder.quality"."""
        recipe = copy.deepcopy(self.entries)
        for name, value in entries.items():
            part = recipe
            *folders, last = name.split("__")
            for folder in folders:
                part = part[folder]
            part[last] = value
        path.write_text(json.dumps(recipe), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def made_portrait(small_shot: SmallShot, tmp_path_factory: pytest.TempPathFactory) -> MadePortrait:
    folder = tmp_path_factory.mktemp("album")
    shot, portrait, recipe = folder / "a shot.jpg", folder / "out" / "a.jpg", folder / "out" / "recipes" / "a.json"
    recipe.parent.mkdir(parents=True)
    shot.write_bytes(small_shot())
    engine = PhotoEngine()
    result = engine.make_and_verify(shot.read_bytes(), load_standard("chsi"), {"driver": "file"})
    engine.close()
    portrait.write_bytes(result.jpeg)
    recipe.write_text(json.dumps(result.recipe), encoding="utf-8")
    return MadePortrait(shot, portrait, recipe, result.recipe)


def output_of(capsys: CaptureFixture, *arguments: object) -> tuple[int, str, str]:
    status = main(["reproduce", *map(str, arguments), "--language", "en"])
    output = capsys.readouterr()
    return status, output.out, output.err


def test_the_same_bytes_come_out_again(made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture) -> None:
    status, output, _ = output_of(capsys, made_portrait.recipe, made_portrait.shot, "--out", tmp_path / "again.jpg")
    assert status == 0
    assert (
        output
        == f"Same bytes: this recipe makes exactly this portrait from this shot (sha256 {_hash(made_portrait)}).\n"
    )
    assert (tmp_path / "again.jpg").read_bytes() == made_portrait.portrait.read_bytes()


@pytest.mark.process
def test_the_same_bytes_in_every_process_whatever_its_threads(
    made_portrait: MadePortrait, tmp_path: Path, start: Callable[..., Command]
) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    for name in ("1.jpg", "2.jpg"):
        (shots / name).write_bytes(made_portrait.shot.read_bytes())
    threads = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    for count, jobs in (("1", 1), ("2", 2)):
        out = tmp_path / f"out-{count}"
        environment = {**dict.fromkeys(threads, count), "PYTHONHASHSEED": count}
        _, _, errors = start("make", shots, "--out", out, "--jobs", jobs, **environment).wait()
        assert not errors
        for name in ("1.jpg", "2.jpg"):
            assert sha256((out / name).read_bytes()).hexdigest() == _hash(made_portrait), f"{name} with {count} threads"


def test_another_shot_is_the_only_difference_reported(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture
) -> None:
    other = tmp_path / "other.jpg"
    other.write_bytes(made_portrait.shot.read_bytes() + b"\0")
    status, output, _ = output_of(capsys, made_portrait.with_changes(tmp_path / "r.json", encoder__quality=70), other)
    assert status == 1
    assert output.startswith("Another shot: other.jpg")
    assert len(output.splitlines()) == 1


def test_differences_are_reported_in_the_order_of_their_causes(
    made_portrait: MadePortrait, capsys: CaptureFixture
) -> None:
    recipe = made_portrait.with_changes(
        made_portrait.recipe.with_name("a.json"),
        encoder__quality=made_portrait.entries["encoder"]["quality"] - 3,
        standard__sha256="0" * 64,
        software__opencv="4.0.0",
        verdicts__eye_line={"outcome": "fail", "value": 1.0},
    )
    try:
        status, output, _ = output_of(capsys, recipe, made_portrait.shot)
    finally:
        made_portrait.recipe.write_text(json.dumps(made_portrait.entries), encoding="utf-8")
    lines = output.splitlines()
    assert status == 1
    begins = (
        "Not the same bytes",
        "  The standard chsi has changed",
        "  The versions differ from then: opencv 4.0.0 > ",
    )
    for line, begin in zip(lines, begins, strict=False):
        assert line.startswith(begin)
    assert lines[3].startswith("  Pixels differ most ")
    assert lines[4] == "  Eye line: then fails, now passes."
    assert len(lines) == 5


def test_a_standard_changed_since_does_not_change_the_portrait(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture
) -> None:
    status, output, _ = output_of(
        capsys, made_portrait.with_changes(tmp_path / "r.json", standard__version="2017-99/0"), made_portrait.shot
    )
    assert status == 0
    assert "has changed since (then 2017-99/0" in output
    status, output, _ = output_of(
        capsys, made_portrait.with_changes(tmp_path / "r.json", standard__name="of-a-school"), made_portrait.shot
    )
    assert status == 0
    assert "There is no standard of-a-school here" in output


def test_a_network_that_is_gone_is_named(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHENGGUAN_MODELS", str(tmp_path))
    recipe = made_portrait.with_changes(tmp_path / "r.json", network={"name": "of-a-school", "sha256": "0" * 64})
    _, output, _ = output_of(capsys, recipe, made_portrait.shot)
    assert "the network of-a-school, which is not installed here" in output


def test_a_missing_first_portrait_is_reported(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture
) -> None:
    recipe = made_portrait.with_changes(tmp_path / "r.json", portrait__sha256="0" * 64)
    status, output, _ = output_of(capsys, recipe, made_portrait.shot)
    assert status == 1
    assert "pixels were not compared" in output
    status, output, _ = output_of(capsys, recipe, made_portrait.shot, "--portrait", made_portrait.portrait)
    assert "pixels were not compared" in output, "a portrait of another recipe must not be compared"


def test_a_recipe_of_the_first_stations_is_followed(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture
) -> None:
    first = {key: value for key, value in made_portrait.entries.items() if key not in ("decode", "network", "verdicts")}
    standard = made_portrait.entries["standard"]
    first["format"] = 1
    first["standard"] = {"name": standard["name"], "version": standard["version"], "background": "blue"}
    path = tmp_path / "first.json"
    path.write_text(json.dumps(first), encoding="utf-8")
    status, output, _ = output_of(capsys, path, made_portrait.shot)
    assert (status, output.splitlines()[0][:10]) == (0, "Same bytes")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 7}, "format 7"),
        ({"crop": {}}, "“crop” is missing or wrong"),
        ({"encoder": {"quality": "fine"}}, "“encoder” is missing or wrong"),
        ({"matte": {"method": "scissors"}}, "method of cutting people out"),
        ({"standard": {"name": "chsi", "output": {"width": 480}}}, "“standard.output.height” is missing"),
        ({"shot__backdrop": 1}, "“shot” is missing or wrong"),
        ({"verdicts": []}, "“verdicts” is missing or wrong"),
        ({"verdicts__format_jpeg": {}}, "“verdicts.format_jpeg” is missing or wrong"),
        ({"software": 1}, "“software” is missing or wrong"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_one_sentence(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture, changes: dict[str, Any], reason: str
) -> None:
    status, output, errors = output_of(
        capsys, made_portrait.with_changes(tmp_path / "r.json", **changes), made_portrait.shot
    )
    assert (status, output) == (2, "")
    assert len(errors.splitlines()) == 1
    assert reason in errors


@pytest.mark.parametrize("text", ["", "[]", "{}", "no JSON", '{"shot": 1}'])
def test_what_is_no_recipe_is_one_sentence(
    made_portrait: MadePortrait, tmp_path: Path, capsys: CaptureFixture, text: str
) -> None:
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    status, _, errors = output_of(capsys, tmp_path / "r.json", made_portrait.shot)
    assert status == 2
    assert "is not a recipe" in errors


@pytest.mark.parametrize("name", ["shot", "recipe", "portrait"])
def test_no_file_that_is_read_is_overwritten(made_portrait: MadePortrait, name: str, capsys: CaptureFixture) -> None:
    out = getattr(made_portrait, name)
    before = out.read_bytes()
    status, output, errors = output_of(capsys, made_portrait.recipe, made_portrait.shot, "--out", out)
    assert (status, output) == (2, "")
    assert "is a file that this command reads" in errors
    assert out.read_bytes() == before


def test_a_folder_is_no_place_for_the_portrait(
    made_portrait: MadePortrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, errors = output_of(capsys, made_portrait.recipe, made_portrait.shot, "--out", ".")
    assert status == 2
    assert errors == ". cannot be written (Is a directory). Please choose another file.\n"


def test_where_pixels_differ_is_named(made_portrait: MadePortrait) -> None:
    engine = PhotoEngine()
    steps = plan_replay(made_portrait.entries)
    followed = engine.replay(made_portrait.shot.read_bytes(), steps)
    with Image.open(made_portrait.portrait) as image:
        for at, where in (((240, 300), "face"), ((20, 20), "background"), ((240, 620), "person")):
            touched = image.copy()
            touched.putpixel(at, (0, 255, 0))
            path = made_portrait.shot.with_name("touched.png")
            touched.save(path)
            difference = engine.compare(made_portrait.portrait.read_bytes(), path.read_bytes(), followed.alpha)
            assert (difference.at, difference.where) == (at, where)
            assert difference.largest > 50
    engine.close()


def _hash(made_portrait: MadePortrait) -> str:
    return str(made_portrait.entries["portrait"]["sha256"])
