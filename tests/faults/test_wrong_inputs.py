"""Wrong files where a shot should be, a wrong roster, a wrong code: each is one problem in both languages, and
the next one works."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image

from config.errors import Problem
from config.id_number import check_character
from kiosk.station.status import station_status
from kiosk.tools.demo.server import SERVER_COMMAND, DemoServer
from kiosk.visit.step import Step
from tests.demo_server import demo_server, submissions
from tests.kiosk.visit.visitor import Visitor, expected_numbers, paired_station, pictures, visitor_at
from tests.message_checks import assert_sentence
from tests.waiting import scale_timeout

__all__ = ["demo_server", "pictures"]
# The content instead of a shot, and the resulting problem.
WRONG = {
    "no_picture": "photo.no_image",
    "truncated": "photo.truncated",
    "one_pixel": "photo.too_small",
    "too_wide": "photo.too_large",
    "black": "photo.no_face",
}
REFUSED = ("no_picture", "too_wide")  # by the server as well: nothing of them can be shown to a reviewer


def png(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, without data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """A black picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def wrong_pictures(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the good picture and all wrong ones."""
    folder = tmp_path_factory.mktemp("wrong")
    good = (pictures / "right.jpg").read_bytes()
    wrong = {
        "no_picture": b"GIF89a? No: a text that somebody called a picture. " * 200,
        "truncated": good[: len(good) // 2],
        "one_pixel": jpeg(1, 1),
        "too_wide": png(30_000, 20_000),
        "black": jpeg(1200, 1600),
    }
    assert wrong.keys() == WRONG.keys()
    for name, data in {"a_right": good, **wrong}.items():
        (folder / f"{name}.jpg").write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def visitor(
    demo_server: DemoServer, wrong_pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    folder = paired_station(demo_server, tmp_path_factory.mktemp("station"))
    with visitor_at(folder, f"folder:{wrong_pictures}") as visitor:
        yield visitor


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shot_is_reported_kept_and_sent(
    visitor: Visitor, demo_server: DemoServer, wrong_pictures: Path, name: str
) -> None:
    visitor.station.camera.send_command(f"show {name}")
    visitor.pose(expected_numbers(demo_server)[list(WRONG).index(name)])
    problem = visitor.shoot()
    assert problem is not None
    assert_sentence(problem, WRONG[name])
    assert visitor.controller.state.step is Step.POSE, "it can be taken again at once"
    visitor.wait_for(lambda: visitor.station.outbox.open_visits()[0].error)
    [visit] = visitor.station.outbox.open_visits()
    original = visitor.station.originals.read(visit.shot_file)
    assert original == (wrong_pictures / f"{name}.jpg").read_bytes()

    visitor.leave()
    visitor.wait_for(lambda: visitor.station.outbox.stats().open == 0)
    visitor.wait_until_sent()
    if name in REFUSED:
        assert_stored_for_review(visitor, visit.id)
        return
    [row] = [row for row in submissions(demo_server) if row["id"] == visit.id]
    assert (row["outcome"], row["portrait_sha256"]) == ("interrupted", None)
    assert row["shot_sha256"] == hashlib.sha256(original).hexdigest()
    assert json.loads(str(row["envelope"]))["error"] == str(Problem(problem.key, **problem.values))


def assert_stored_for_review(visitor: Visitor, visit: str) -> None:
    """The server rejected it with a reason on the operator's page; the file stays."""
    [item] = [item for item in station_status(visitor.station).queue_items if item.id == visit]
    assert item.rejected
    assert_sentence(item.reason, "station.refused")
    assert visitor.station.originals.read(visitor.station.outbox.get(visit).shot_file)


def test_after_wrong_shots_the_same_engine_makes_a_portrait(visitor: Visitor, demo_server: DemoServer) -> None:
    engine = visitor.station.engine.pid
    assert engine is not None
    visitor.station.camera.send_command("show no_picture")
    visitor.pose(expected_numbers(demo_server)[len(WRONG)])
    assert_sentence(visitor.shoot(), "photo.no_image")
    visitor.station.camera.send_command("show a_right")
    assert visitor.shoot() is None
    assert visitor.station.engine.pid == engine
    visitor.accept()
    visitor.leave()
    visitor.wait_until_sent()
    row = submissions(demo_server)[-1]
    assert (row["outcome"], len(json.loads(str(row["envelope"]))["discarded_shots"])) == ("accepted", 1)


def test_the_reviewer_sees_the_intact_part_of_a_damaged_shot(visitor: Visitor, demo_server: DemoServer) -> None:
    reviewer = requests.Session()
    page = reviewer.get(f"{demo_server.url}/signin", timeout=scale_timeout(20)).text
    token = page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"username": demo_server.reviewer, "password": demo_server.password, "csrfmiddlewaretoken": token}
    assert reviewer.post(f"{demo_server.url}/signin", data=form, timeout=scale_timeout(20)).ok
    rows = [row for row in submissions(demo_server) if row["outcome"] == "interrupted"]
    assert len(rows) == len(WRONG) - len(REFUSED)
    for row in rows:
        assert reviewer.get(f"{demo_server.url}/review/{row['id']}/", timeout=scale_timeout(20)).status_code == 200
        shown = reviewer.get(f"{demo_server.url}/review/{row['id']}/shot.jpg", timeout=scale_timeout(20))
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg"), row["envelope"]
        Image.open(io.BytesIO(shown.content)).load()


def test_a_bad_line_of_a_roster_is_named(demo_server: DemoServer, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    first_17 = "99010119850615321"  # born before everybody of the demo
    good = first_17 + check_character(first_17)
    path.write_text(f"姓名,身份证号,学号\n王雨,{good},1\n李雷,123,2\n,{good},3\n", encoding="utf-8")
    command = [*SERVER_COMMAND, "import-roster", str(path), "--campaign", "zgdemo", "--data", str(demo_server.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [re.findall(r"\bLine (\d+)", line) for line in done.stderr.strip().splitlines()] == [["3"], ["4"]]
    assert good not in done.stdout + done.stderr, "no number is printed"


def test_a_wrong_pairing_code_is_one_sentence_in_each_language(demo_server: DemoServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk.app", "--data", str(tmp_path), "--pair", demo_server.url, "AAAA-AAAA"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    english, chinese = done.stderr.strip().splitlines()
    assert "code" in english
    assert "配对码" in chinese
    assert not (tmp_path / "pairing.sealed").exists()
