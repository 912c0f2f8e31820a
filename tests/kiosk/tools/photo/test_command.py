"""The command line: languages, help, and the errors that are reported before any shot is opened."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path, PurePath

import pytest

from config.cli import chosen_language
from config.errors import Problem
from config.i18n import LANGUAGES, translations
from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.tools.photo.__main__ import main, parser
from kiosk.tools.photo.job import BatchOptions, Job
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem, recipe_name
from kiosk.tools.photo.page_server.uploads import select_pictures
from kiosk.tools.photo.progress import summary
from kiosk.tools.photo.shots import Shot, find_shots, portrait_names, printable, read_shot
from kiosk.tools.photo.worker import PortraitWorker

CaptureFixture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ([], {"LANG": "zh_TW.UTF-8"}, "zh_CN"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "de_DE.UTF-8"}, "en"),
        (["make", "--language", "zh_CN"], {"LANG": "en_GB.UTF-8"}, "zh_CN"),
        (["--language=en", "make"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["make", "--language"], {}, "en"),
        (["make", "--language", "fr"], {}, "en"),
    ],
)
def test_the_language_is_the_one_requested_then_the_terminals(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert chosen_language(arguments, environment) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_help_text_is_translated(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    top = parser(language)
    commands = top._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert {"make", "reproduce"} <= set(commands)  # type: ignore[arg-type]
    for each in (top, *commands.values()):  # type: ignore[union-attr]
        text = each.format_help()
        assert not re.findall(r"(?:^|\s)(?:command|reproduce|standards|models|check|compare)\.[a-z_.]+", text), text
        assert ("用法" in text) == (language == "zh_CN")


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (["make"], "还缺少：FOLDER|FILE, --out"),
        (["make", "a", "--out", "b", "--fast"], "无法识别：--fast"),
        (["make", "a", "--out"], "--out 后面缺少内容"),
        (["make", "a", "--out", "b", "--jobs", "two"], "--jobs 的写法不对"),
        (["polish"], "'polish' 不在可选范围内"),
    ],
)
def test_a_wrong_command_is_one_sentence_in_the_language_chosen(
    arguments: list[str], reported: str, capsys: CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--language", "zh_CN"] if arguments[-1] != "--out" else ["--language", "zh_CN", *arguments])
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert reported in errors
    assert len(errors.splitlines()) == 1


def wrong_commands(tmp_path: Path) -> dict[str, list[object]]:
    shots, empty, file = tmp_path / "shots", tmp_path / "empty", tmp_path / "file"
    shots.mkdir()
    empty.mkdir()
    (shots / "a.jpg").write_bytes(b"a shot")
    file.write_bytes(b"")
    out = ["--out", tmp_path / "out"]
    return {
        "There is nothing at": [tmp_path / "nowhere", *out],
        "There are no pictures in": [empty, *out],
        "is a file, not a folder": [shots, "--out", file],
        "cannot be written": [],
        "is the folder of the shots": [shots, "--out", shots],
        "would overwrite a shot": [shots / "a.jpg", "--out", shots],
        "Portraits cannot be called {stem}.png": [shots, *out, "--naming", "{stem}.png"],
        "Portraits cannot be called ../{stem}.jpg": [shots, *out, "--naming", "../{stem}.jpg"],
        "Portraits cannot be called {name}.jpg": [shots, *out, "--naming", "{name}.jpg"],
        "Portraits cannot be called {stem.jpg": [shots, *out, "--naming", "{stem.jpg"],
        "Portraits cannot be called {number:04d}.jpg": [shots, *out, "--naming", "{number:04d}.jpg"],
        "Portraits cannot be called {stem:{width}}.jpg": [shots, *out, "--naming", "{stem:{width}}.jpg"],
        "Portraits cannot be called {stem!z}.jpg": [shots, *out, "--naming", "{stem!z}.jpg"],
        "0 shots at a time": [shots, *out, "--jobs", 0],
        "no photo standard": [shots, *out, "--standard", "passport-of-mars"],
        "no background": [shots, *out, "--background", "plaid"],
    }


def test_a_command_that_cannot_begin_is_one_sentence_and_leaves_no_file(tmp_path: Path, capsys: CaptureFixture) -> None:
    cases = wrong_commands(tmp_path)
    cases.pop("cannot be written")
    for reported, arguments in cases.items():
        assert main(["make", *map(str, arguments), "--language", "en"]) == 2, reported
        output = capsys.readouterr()
        assert reported.lower() in output.err.lower()
        assert len(output.err.splitlines()) == 1, output.err
        assert output.out == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.jpg", "empty", "file", "shots"]
    assert (tmp_path / "shots" / "a.jpg").read_bytes() == b"a shot"


def test_shots_are_found_in_natural_order_and_out_is_never_one_of_them(tmp_path: Path) -> None:
    for name in ("IMG_10.jpg", "IMG_9.jpg", "img_9b.JPG", "b/1.heic", "a/2.tif", "out/x.jpg", "x.dng", "y.pdf", "z"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" if name == "z" else b"%PDF" if name == "y.pdf" else b"II*\0")
    flat = find_shots([tmp_path], False, tmp_path / "out")
    assert [shot.display_name for shot in flat.shots] == ["IMG_9.jpg", "img_9b.JPG", "IMG_10.jpg", "z"]
    assert flat.skipped == Counter({".dng": 1, ".pdf": 1})
    deep = find_shots([tmp_path, tmp_path / "z"], True, tmp_path / "out")
    assert [shot.display_name for shot in deep.shots][4:] == ["a/2.tif", "b/1.heic"]


@pytest.mark.parametrize(
    ("shots", "names"),
    [
        (["a.png", "a.jpg"], ["a-png.jpg", "a.jpg"]),
        (["a.jpg", "A.JPG"], ["a.jpg", "A-2.jpg"]),
        (["a.png", "a.heic", "a-heic.png"], ["a.jpg", "a-heic.jpg", "a-heic-png.jpg"]),
        (["one/a.jpg", "two/a.jpg"], ["one/a.jpg", "two/a.jpg"]),
    ],
)
def test_no_two_portraits_share_a_name(shots: list[str], names: list[str]) -> None:
    listed = [Shot(Path(name), PurePath(name).parent) for name in shots]
    assert portrait_names(listed, "{stem}.jpg", "chsi", "blue") == [PurePath(name) for name in names]
    same = portrait_names(listed, "{standard}.jpg", "chsi", "blue")
    assert len({str(name).casefold() for name in same}) == len(shots)


def test_a_name_is_printed_without_control_characters() -> None:
    name = "a\x1b[2Jb\n" + os.fsdecode(b"\xb0\xe0.jpg")  # 班 in GBK, as some archives unpack it
    assert printable(name) == "a\\x1b[2Jb\\n\\udcb0\\udce0.jpg"
    assert printable("班级 [1].jpg") == "班级 [1].jpg"


@pytest.mark.parametrize("folder", ["$RECYCLE.BIN", ".Trash-1000", "lost+found", "System Volume Information"])
def test_deleted_photos_on_a_drive_are_no_shots(folder: str, tmp_path: Path) -> None:
    path = tmp_path / folder / "S-1-5-21" / "$R1.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a deleted photo")
    assert find_shots([tmp_path], True, tmp_path / "out").shots == ()
    assert select_pictures([(f"usb/{folder}/S-1-5-21/$R1.jpg", b"\xff\xd8\xff")]) == ([], Counter())


def test_links_that_form_a_loop_are_reported_and_pipes_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to("a.jpg")
    os.mkfifo(tmp_path / "b.jpg")
    assert [shot.path.name for shot in find_shots([tmp_path], True, tmp_path / "a.jpg").shots] == ["a.jpg"]
    with pytest.raises(Problem) as problem:
        read_shot(tmp_path / "a.jpg")
    assert problem.value.key == "command.unreadable"


def test_a_folder_that_cannot_be_entered_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(Problem) as problem:
        find_shots([tmp_path / "a.jpg"], False, tmp_path / "out")
    assert problem.value.key == "command.unreadable"


def test_a_name_as_long_as_the_file_system_allows_can_be_stored(tmp_path: Path) -> None:
    output, longest = OutputFolder(tmp_path), os.pathconf(tmp_path, "PC_NAME_MAX")
    name = PurePath("n" * (longest - len(".json")) + ".jpg")
    with output.write_partial(name, b"a portrait") as partial:
        output.store(partial, name, {})
    assert (tmp_path / name).read_bytes() == b"a portrait"
    name = PurePath("n" * (longest - len(".jpg")) + ".jpg")  # its recipe's name is longer
    with pytest.raises(Problem) as problem, output.write_partial(name, b"a portrait") as partial:
        output.store(partial, name, {})
    assert problem.value.key == "command.name_too_long"
    assert not isinstance(problem.value, OutputFolderProblem), "it concerns this portrait only"
    assert len(list(tmp_path.iterdir())) == len(["recipes", "the portrait"])


def test_two_runs_do_not_use_one_folder_at_the_same_time(tmp_path: Path) -> None:
    with OutputFolder(tmp_path).opened(), OutputFolder(tmp_path).write_partial(PurePath("a.jpg"), b"") as partial:
        with pytest.raises(OutputFolderProblem) as problem, OutputFolder(tmp_path).opened():
            pass
        assert problem.value.key == "command.out_in_use"
        assert partial.exists(), "the second run has removed a partial file of the first"
    with OutputFolder(tmp_path).opened():
        pass


@pytest.mark.parametrize(
    "damaged",
    [
        {"shot": []},
        {"portrait": "a.jpg"},
        {"verdicts": [1]},
        {"verdicts": {"width": {"outcome": "fine"}}},
        {"shot": {"backdrop": [1]}},
        {"shot": {"backdrop": 1}},
        {"software": 1},
    ],
)
def test_a_damaged_recipe_counts_as_none(tmp_path: Path, damaged: dict[str, object]) -> None:
    output = OutputFolder(tmp_path)
    output.write(recipe_name(PurePath("a.jpg")), json.dumps({"verdicts": {"width": {"outcome": "pass"}}}).encode())
    assert output.recipe_of(PurePath("a.jpg")) is not None
    output.write(recipe_name(PurePath("a.jpg")), json.dumps(damaged).encode())
    assert output.recipe_of(PurePath("a.jpg")) is None


@pytest.mark.parametrize("own", [True, False])
def test_a_portrait_of_another_shot_that_is_replaced_is_reported(
    own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "IMG_1.jpg").write_bytes(b"a second person")
    recorded = sha256(b"a second person" if own else b"a first person").hexdigest()
    recipe = {"shot": {"sha256": recorded}, "portrait": {"sha256": sha256(b"a portrait").hexdigest()}}
    job, output = Job(tmp_path / "IMG_1.jpg", PurePath("IMG_1.jpg"), "IMG_1.jpg"), OutputFolder(tmp_path / "out")
    with output.write_partial(job.portrait, b"a portrait") as partial:
        output.store(partial, job.portrait, recipe)
    monkeypatch.setattr(PortraitWorker, "_make_portrait", lambda *_: {})
    result = PortraitWorker(BatchOptions(output.folder, load_standard("chsi"), "en", remake=True), PhotoEngine()).run(
        job
    )
    assert result.replaced is not own
    lines = summary([result], Counter(), output.folder, False, 0, translations("en"))
    assert any("that were replaced: 1  [IMG_1.jpg]" in line for line in lines) is not own


@pytest.mark.parametrize(("number", "key"), [(errno.ENOSPC, "command.out_full"), (errno.EACCES, "command.out_failed")])
def test_a_disk_that_cannot_be_written_leaves_no_partial_file(
    number: int, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = OutputFolder(tmp_path / "out")
    with output.opened():
        output.write(PurePath("a.jpg"), b"a portrait")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputFolderProblem) as problem:
        output.write(PurePath("a.jpg"), b"another")
    assert problem.value.key == key
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"a portrait"
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_file()] == ["a.jpg"]


@pytest.mark.process
def test_the_parent_does_not_load_mediapipe() -> None:
    """The command starts without delay: only the workers load the libraries that take seconds."""
    import subprocess

    code = "import sys, kiosk.tools.photo.make, kiosk.tools.photo.worker_pool; print('mediapipe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
