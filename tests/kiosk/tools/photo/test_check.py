"""`zhengguan photo check`: its output, the channels, and the exit status."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.cli import TranslatedParser
from config.errors import Problem
from config.i18n import translations
from config.standards.registry import Stage, load_standard
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.storage import FileStore
from kiosk.tools.photo import check
from kiosk.tools.photo.check_output import SCHEMA_VERSION
from tests.kiosk.capture.conftest import Take, take  # noqa: F401

pytestmark = pytest.mark.usefixtures("small_typeface")

CHSI = load_standard("chsi")


@pytest.fixture(scope="module")
def portrait(take: Take, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:  # noqa: F811
    """A portrait that passes every rule, on grey."""
    service = PortraitService(FileStore(tmp_path_factory.mktemp("portraits")))
    shot = take("right")
    yield service.make_and_store(shot.data, CHSI.with_background("grey"), asdict(shot.camera))[0].jpeg
    service.close()


@pytest.fixture
def folder(portrait: bytes, tmp_path: Path) -> Path:
    """A folder with a right portrait, a wrong one and a damaged file."""
    (tmp_path / "right.jpg").write_bytes(portrait)
    pixels = np.asarray(Image.open(io.BytesIO(portrait)))
    lower = np.concatenate([pixels[40:], pixels[-40:]])
    Image.fromarray(lower).save(tmp_path / "wrong.jpg", quality=75, dpi=(300, 300))
    (tmp_path / "破.jpg").write_bytes(portrait[:5000])
    return tmp_path


def run(*words: object, language: str = "en") -> int:
    top = TranslatedParser(translations=translations(language))
    subparsers = top.add_subparsers(
        parser_class=lambda **options: TranslatedParser(translations=translations(language), **options)
    )
    check.add_parser(subparsers)
    arguments = top.parse_args(["check", *map(str, words)])
    assert isinstance(arguments, argparse.Namespace)
    arguments.language = language
    return int(arguments.run(arguments))


def test_a_right_file_is_reported_in_a_line_or_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "right.jpg") == 0
    reported = capsys.readouterr().out
    assert "passes every measured rule of chsi (grey, the nearest)" in reported
    assert "12 questions remain for a person" in reported
    assert len(reported.splitlines()) == 2, "the second line is about the questions for a person"
    assert "\x1b" not in reported, "no colours in a pipe"


def test_a_wrong_file_names_what_is_wrong_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "wrong.jpg") == 1
    reported = capsys.readouterr().out
    assert "The hair is too near the upper edge." in reported
    assert "50 – 110 px" in reported
    assert translations("en").translate("rule.face_width") not in reported


def test_all_reports_every_rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "right.jpg", "--all", language="zh_CN") == 0
    reported = capsys.readouterr().out
    for name in CHSI.rules_for(Stage.PORTRAIT):
        assert translations("zh_CN").translate(f"rule.{name}") in reported
    for name in CHSI.rules_for(Stage.PERSON):
        assert translations("zh_CN").translate(f"rule.{name}.question") in reported


def test_a_file_that_cannot_be_read_stops_no_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "nothing.jpg", folder) == 2
    reported = capsys.readouterr().out
    assert "nothing.jpg: could not be checked." in reported
    assert "破.jpg: could not be checked." in reported
    assert "4 files:   Pass 1   Fail 1   Unreadable 2" in reported


def test_json_is_one_object_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json") == 2
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(o["file"]).name for o in objects] == ["right.jpg", "wrong.jpg", "破.jpg"]
    assert [o["sum"] for o in objects] == ["right", "wrong", "unreadable"]
    right, wrong, broken = objects
    assert all(o["schema"] == SCHEMA_VERSION and o["standard"]["sha256"] == CHSI.sha256 for o in objects)
    assert broken["problem"]["key"] == "photo.truncated"
    assert [v["rule"] for v in right["verdicts"]] == list(CHSI.rules)
    assert right["background"]["wanted"] == [240, 240, 240]
    crowns = [o["head"]["crown"] for o in (right, wrong)]
    assert crowns[0] - crowns[1] == pytest.approx(40, abs=1.5)
    by_rule = {v["rule"]: v for v in wrong["verdicts"]}
    assert by_rule["hair_top"]["value"] == crowns[1], "numbers are as measured, not as rounded for people"
    assert (by_rule["hair_top"]["low"], by_rule["hair_top"]["high"]) == (50, 110), "the names of schema 1"
    assert by_rule["ears"]["reason"] == "not_measured.manual_check"


def test_the_background_requested_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "right.jpg", "--background", "white") == 1
    assert translations("en").translate("rule.background_colour") in capsys.readouterr().out
    assert run(folder / "right.jpg", "--background", "grey") == 0
    with pytest.raises(Problem):
        run(folder / "right.jpg", "--background", "pink")


def test_sheets_are_drawn_where_requested(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "right.jpg", "--sheet", folder / "one.png", "--date", "2026-11-22") == 0
    with Image.open(folder / "one.png") as drawn:
        assert drawn.size == (2480, 2 * 3508)
    (folder / "one.png").unlink()
    assert run(folder, "--sheet", folder / "all.pdf", language="zh_CN") == 2
    assert (folder / "all.pdf").read_bytes().startswith(b"%PDF-")
    assert str(folder / "all.pdf") in capsys.readouterr().out


def test_a_sheet_that_cannot_be_written_is_reported_before_the_work(folder: Path) -> None:
    with pytest.raises(Problem) as caught:
        run(folder, "--sheet", folder / "all.png")
    assert caught.value.key == "sheet.many"


def test_a_sheet_never_overwrites_a_checked_file(folder: Path) -> None:
    (folder / "checked.png").write_bytes(before := (folder / "right.jpg").read_bytes())
    for sheet in ("checked.png", f"../{folder.name}/checked.png"):
        with pytest.raises(Problem) as caught:
            run(folder / "checked.png", "--sheet", folder / sheet)
        assert caught.value.key == "command.over_input"
    assert (folder / "checked.png").read_bytes() == before
    (folder / "checked.png").unlink()


def test_a_file_below_a_folder_that_may_not_be_entered_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is simulated, because the tests may run as root, who enters every folder."""

    def stat(path: Path, **options: bool) -> os.stat_result:
        if path.parent.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return os.stat(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    assert run(folder / "closed" / "a.jpg") == 2
    assert "a.jpg" in capsys.readouterr().out


def test_an_empty_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        run(tmp_path)
    assert caught.value.key == "check.no_files"


def test_an_upload_is_also_searched_for_beautifying(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "right.jpg", "--upload", "--json") == 0  # a suspicion does not change the exit status
    reported = json.loads(capsys.readouterr().out)["suspicion"]
    assert reported["level"] in ("none", "look")  # a file without an app's name gives no strong suspicion
    assert "whitening" in reported["unable"]
    assert run(folder / "right.jpg", "--upload") == 0
    assert translations("en").translate("beauty_filter.unable.shape") in capsys.readouterr().out
    assert run(folder / "right.jpg", "--json") == 0
    assert "suspicion" not in json.loads(capsys.readouterr().out)
