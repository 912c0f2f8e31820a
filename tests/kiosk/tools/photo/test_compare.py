"""`zhengguan photo compare`: its exit status, its sentences in both languages, its JSON and its picture."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.errors import Problem
from config.i18n import LANGUAGES, translations
from kiosk.capture.retouch.face_region import PLACES
from kiosk.tools.photo import compare
from tests.bench.retouching import encode
from tests.kiosk.guidance.pictures import place_astronaut

OWN = encode(np.ascontiguousarray(place_astronaut(eyes=(640, 380))[:800, 340:940]), 90)


def arguments(folder: Path, retouched: bytes, **more: object) -> argparse.Namespace:
    (folder / "own.jpg").write_bytes(OWN)
    (folder / "retouched.jpg").write_bytes(retouched)
    chosen = {"json": False, "picture": None, "language": "en"} | more
    return argparse.Namespace(own=folder / "own.jpg", retouched=folder / "retouched.jpg", **chosen)


def pixels() -> Pixels:
    from tests.bench.retouching import decode_pixels

    return decode_pixels(OWN)


def painted() -> bytes:
    changed = pixels().copy()
    changed[300:] = np.clip(changed[300:].astype(int) + np.array([22, 4, 0]), 0, 255)
    return encode(changed, 90)


def test_an_untouched_face_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.run(arguments(tmp_path, encode(pixels(), 80))) == 0
    assert capsys.readouterr().out.strip() == translations("en").translate("retouch.verdict.pass")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_face_is_status_1_in_the_language_requested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert compare.run(arguments(tmp_path, painted(), language=language)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == translations(language).translate("retouch.verdict.fail")
    assert len(lines) > 1
    assert not any("retouch." in line or "{" in line for line in lines)


def test_json_reports_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.run(arguments(tmp_path, painted(), json=True)) == 1
    reported = json.loads(capsys.readouterr().out)
    assert reported["verdict"] == "fail"
    assert {"kind", "place", "value", "limit", "box", "sentence", "outcome"} == set(reported["findings"][0])
    assert all(box[0] < box[2] <= 600 and box[1] < box[3] for box in (f["box"] for f in reported["findings"]))


def test_the_picture_shows_both_and_the_map(tmp_path: Path) -> None:
    out = tmp_path / "compared.png"
    compare.run(arguments(tmp_path, painted(), picture=out))
    with Image.open(out) as drawn:
        assert drawn.width > 3 * 400
        assert drawn.getpixel((5, 5)) == (190, 38, 44)  # the red of "goes back"


def test_what_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    options = arguments(tmp_path, encode(pixels(), 80), picture=tmp_path / "no" / "folder.png")
    with pytest.raises(Problem) as reported:
        compare.run(options)
    assert reported.value.key == "compare.not_written"
    (tmp_path / "retouched.jpg").unlink()
    with pytest.raises(Problem) as reported:
        compare.run(options)
    assert reported.value.key == "command.unreadable"
    (tmp_path / "retouched.jpg").write_bytes(b"no picture at all")
    with pytest.raises(Problem) as reported:
        compare.run(options)
    assert reported.value.key == "photo.no_image"


@pytest.mark.parametrize("name", ["own.jpg", "retouched.jpg"])
def test_the_picture_overwrites_neither_portrait(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem) as reported:
        compare.run(arguments(tmp_path, OWN, picture=tmp_path / name))
    assert reported.value.key == "command.over_input"
    assert (tmp_path / name).read_bytes() == OWN


def test_every_place_has_its_messages() -> None:
    for language in LANGUAGES:
        assert [
            p for p in (*PLACES, "face", "outer", "picture") if not translations(language).has(f"retouch.place.{p}")
        ] == []
