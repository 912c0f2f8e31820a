"""Photos on the page: progress, standards and backgrounds, crops within the rules, the zip file, and the end."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from config.standards.registry import load_standard, standard_files
from kiosk.guidance.verdict import Outcome
from kiosk.tools.photo.page_server.photo import walking_order
from kiosk.tools.photo.page_server.work_folder import work_folder
from kiosk.tools.photo.shots import find_shots
from tests.kiosk.tools.photo.page_server.conftest import Client, RunningPage
from tests.kiosk.tools.photo.page_server.test_uploads import picture
from tests.waiting import eventually


def portrait_bytes(client: Client, photo: dict[str, Any]) -> bytes:
    return client.send("GET", f"api/photos/{photo['id']}/portrait.jpg")[2]


def test_each_photo_is_shown_while_it_is_made(page: RunningPage) -> None:
    page.engine.gate.clear()
    for name in ("a.jpg", "b.jpg"):
        page.client.upload(name, picture())
    eventually(lambda: [photo["state"] for photo in page.client.state()["photos"]] == ["making", "waiting"])
    page.engine.gate.set()
    states = page.client.finished_state()
    assert [photo["state"] for photo in states["photos"]] == ["made", "made"]
    assert page.client.get(f"api/state?after={states['version']}")["photos"] == []


def test_a_request_for_changes_waits_for_one(page: RunningPage) -> None:
    before = page.client.state()["version"]
    page.client.upload("a.jpg", picture())
    changed = page.client.get(f"api/state?after={before}&wait=20")
    assert changed["version"] > before
    assert [photo["name"] for photo in changed["photos"]] == ["a.jpg"]


def test_photos_are_in_the_order_of_make(tmp_path: Path) -> None:
    names = ["b/IMG_2.jpg", "IMG_10.jpg", "a10/x.jpg", "a9/x.jpg", "IMG_9.jpg", "a9/below/y.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(picture())
    shots = find_shots([tmp_path], recursive=True, out=tmp_path / "out").shots
    paths = [(shot.folder / shot.path.name) for shot in shots]
    assert sorted(paths, key=walking_order) == paths  # type: ignore[arg-type]


def test_portrait_and_original_are_shown_with_the_crop(client: Client) -> None:
    client.upload("a.jpg", picture())
    photo = client.photo("a.jpg")
    assert photo["portrait"]["summary"] == "right"
    assert (photo["portrait"]["passed"], photo["portrait"]["rules"], photo["portrait"]["open"]) == (1, 1, [])
    assert all(0 <= share <= 1 for corner in photo["portrait"]["corners"] for share in corner)
    status, headers, body = client.send("GET", f"api/photos/{photo['id']}/preview.jpg")
    assert (status, headers["Content-Type"], body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert portrait_bytes(client, photo).startswith(b"portrait of")


def test_a_rule_that_does_not_pass_is_named_with_its_reason(page: RunningPage) -> None:
    page.engine.outcome = Outcome.FAIL
    page.client.upload("a.jpg", picture())
    portrait = page.client.photo("a.jpg")["portrait"]
    assert portrait["summary"] == "wrong"
    assert [(one["outcome"], one["value"], one["band"]) for one in portrait["open"]] == [
        ("fail", "250 px", "230 – 270 px")
    ]
    assert portrait["open"][0]["reason"]
    details = page.client.get("api/photos/00001?lang=en")
    assert len(details["verdicts"]) == 1, "questions for a person are not measured rules"
    assert len(page.client.state()["settings"]["questions"]) >= 12


def test_a_job_that_fails_costs_only_its_photo(page: RunningPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(page.engine, "make_portrait", broken)
        page.client.upload("a.jpg", picture())
        assert page.client.photo("a.jpg")["state"] == "refused"
    page.client.upload("b.jpg", picture())
    assert page.client.photo("b.jpg")["state"] == "made"


# ---------------------------------------------------------------------- standards


def test_all_standards_and_their_backgrounds_are_offered(client: Client) -> None:
    offered = client.get("api/standards?lang=en")
    assert {each["name"] for each in offered["standards"]} == set(standard_files())
    chsi = next(each for each in offered["standards"] if each["name"] == "chsi")
    assert [each["name"] for each in chsi["backgrounds"]] == list(load_standard("chsi").output.backgrounds)
    assert offered["problems"] == []


def test_a_wrong_standard_of_a_school_is_reported(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "fjnu.toml").write_text("name = 1", encoding="utf-8")
    monkeypatch.setenv("ZHENGGUAN_STANDARDS", str(tmp_path / "own"))
    offered = client.get("api/standards?lang=en")
    assert len(offered["problems"]) == 1
    assert "fjnu" in offered["problems"][0]
    assert offered["standards"]


def test_another_background_makes_every_portrait_again(client: Client) -> None:
    client.upload("a.jpg", picture())
    before = portrait_bytes(client, client.photo("a.jpg"))
    assert client.post("api/settings", {"standard": "chsi", "background": "white"})[0] == 200
    state = client.finished_state()
    assert (state["settings"]["standard"], state["settings"]["background"]) == ("chsi", "white")
    assert portrait_bytes(client, state["photos"][0]) != before


@pytest.mark.parametrize(
    "body", [{"standard": "none"}, {"standard": "chsi", "background": "pink"}, {"standard": "../chsi.toml"}]
)
def test_an_unknown_standard_changes_nothing(client: Client, body: dict[str, str]) -> None:
    status, response = client.post("api/settings", body)
    assert status == 422
    assert response["sentence"]
    assert client.state()["settings"]["standard"] == "chsi"


def test_a_result_for_settings_that_have_changed_is_not_used(page: RunningPage) -> None:
    page.engine.gate.clear()
    page.client.upload("a.jpg", picture())
    eventually(lambda: page.client.state()["photos"][0]["state"] == "making")
    page.client.post("api/settings", {"standard": "chsi", "background": "white"})
    page.engine.gate.set()
    photo = page.client.photo("a.jpg")
    assert photo["portrait"]["key"] == "00001-2"
    assert [path.name for path in page.session.folders.portraits.glob("*.jpg")] == ["00001-2.jpg"]


# ---------------------------------------------------------------------- crops


def present_crop(client: Client, photo_id: str = "00001") -> dict[str, Any]:
    crop: dict[str, Any] = client.get(f"api/photos/{photo_id}")["crop"]
    return crop


def test_a_crop_within_the_rules_is_used_and_the_automatic_one_comes_back(client: Client) -> None:
    client.upload("a.jpg", picture())
    first = portrait_bytes(client, client.photo("a.jpg"))
    crop = present_crop(client)
    assert crop["limits"]["x"][0] < crop["centre"][0] < crop["limits"]["x"][1]
    moved = client.post(
        "api/photos/00001/crop", {"centre": [crop["limits"]["x"][1], crop["centre"][1]], "width": crop["width"]}
    )
    assert moved[0] == 200
    assert moved[1]["centre"][0] == pytest.approx(crop["limits"]["x"][1], abs=1)
    body = {"centre": moved[1]["centre"], "width": moved[1]["width"]}
    assert client.post("api/photos/00001/portrait", body)[0] == 202
    photo = client.photo("a.jpg")
    assert photo["portrait"]["adjusted"]
    assert portrait_bytes(client, photo) != first
    assert client.post("api/photos/00001/portrait", {"reset": True})[0] == 202
    photo = client.photo("a.jpg")
    assert not photo["portrait"]["adjusted"]
    assert portrait_bytes(client, photo) == first


@pytest.mark.parametrize("change", [(-600, 0, 0), (0, 400, 0), (0, 0, 300), (0, 0, -300)])
def test_a_crop_outside_the_rules_is_refused_and_moved_into_them(client: Client, change: tuple[int, int, int]) -> None:
    client.upload("a.jpg", picture())
    before = portrait_bytes(client, client.photo("a.jpg"))
    crop = present_crop(client)
    body = {
        "centre": [crop["centre"][0] + change[0], crop["centre"][1] + change[1]],
        "width": crop["width"] + change[2],
    }
    status, response = client.post("api/photos/00001/portrait", body)
    assert (status, response["problem"]) == (422, "photo_page.crop_outside")
    status, nearest = client.post("api/photos/00001/crop", body)
    limits = nearest["limits"]
    assert limits["x"][0] <= nearest["centre"][0] <= limits["x"][1]
    assert limits["y"][0] <= nearest["centre"][1] <= limits["y"][1]
    assert limits["width"][0] <= nearest["width"] <= limits["width"][1]
    assert portrait_bytes(client, client.photo("a.jpg")) == before


def test_a_crop_that_the_engine_refuses_leaves_the_portrait_and_gives_the_reason(page: RunningPage) -> None:
    page.client.upload("a.jpg", picture())
    before = portrait_bytes(page.client, page.client.photo("a.jpg"))
    page.engine.notice = Problem("photo_page.crop_outside")
    crop = present_crop(page.client)
    page.client.post("api/photos/00001/portrait", {"centre": crop["centre"], "width": crop["width"]})
    photo = page.client.photo("a.jpg")
    assert photo["notice"] == Problem("photo_page.crop_outside").in_language("en")
    assert portrait_bytes(page.client, photo) == before


def test_a_chosen_crop_stays_with_another_background_but_not_with_another_standard(page: RunningPage) -> None:
    client = page.client
    client.upload("a.jpg", picture())
    client.finished_state()
    crop = present_crop(client)
    client.post("api/photos/00001/portrait", {"centre": crop["centre"], "width": crop["width"]})
    assert client.photo("a.jpg")["portrait"]["adjusted"]
    client.post("api/settings", {"standard": "chsi", "background": "white"})
    assert client.photo("a.jpg")["portrait"]["adjusted"]
    page.engine.notice = Problem("photo_page.crop_outside")
    client.post("api/settings", {"standard": "chsi", "background": "grey"})
    photo = client.photo("a.jpg")
    assert photo["portrait"] is not None
    assert not photo["portrait"]["adjusted"], "the engine refused the crop, so the automatic one is used"
    client.post("api/settings", {"standard": "xinhua-2020"})
    assert not client.photo("a.jpg")["portrait"]["adjusted"]


@pytest.mark.parametrize(
    "body", [{}, {"centre": 1, "width": 1}, {"centre": ["a", 1], "width": 1}, {"centre": [1, 2], "width": float("nan")}]
)
def test_a_malformed_crop_is_refused(client: Client, body: dict[str, Any]) -> None:
    client.upload("a.jpg", picture())
    client.finished_state()
    for path in ("crop", "portrait"):
        assert client.send("POST", f"api/photos/00001/{path}", json.dumps(body).encode())[0] == 400


def test_a_photo_that_is_gone_is_one_sentence(client: Client) -> None:
    for path in ("api/photos/00009/crop", "api/photos/00009/portrait", "api/photos/00009/remove"):
        status, response = client.post(path, {"reset": True})
        assert (status, response["problem"]) == (404, "photo_page.gone")
    assert client.send("GET", "api/photos/00009/preview.jpg")[0] == 404


# ---------------------------------------------------------------------- zip file


def download(client: Client, **body: object) -> zipfile.ZipFile:
    assert client.post("api/archive?lang=en", body)[0] == 202
    eventually(lambda: client.state()["archive"]["state"] == "ready")
    status, headers, content = client.send("GET", "portraits.zip")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_zip_file_has_portraits_recipes_sheets_and_the_report(page: RunningPage) -> None:
    client = page.client
    for name in ("IMG_1.jpg", "IMG_1.png", "班级/IMG_1.jpg"):
        client.upload(name, picture())
    client.upload("text.jpg", b"a list of names")
    client.finished_state()
    with download(client, sheets=True) as zipped:
        assert sorted(zipped.namelist()) == sorted(
            [
                *("IMG_1.jpg", "IMG_1-png.jpg", "班级/IMG_1.jpg", "report.csv"),
                *("recipes/IMG_1.json", "recipes/IMG_1-png.json", "recipes/班级/IMG_1.json"),
                *("sheets/IMG_1.png", "sheets/IMG_1-png.png", "sheets/班级/IMG_1.png"),
            ]
        )
        rows = list(csv.DictReader(zipped.read("report.csv").decode("utf-8-sig").splitlines()))
        assert [next(iter(row.values())) for row in rows] == ["IMG_1.jpg", "IMG_1.png", "text.jpg", "班级/IMG_1.jpg"]
        assert zipped.read("sheets/IMG_1-png.png") == b"sheet of IMG_1-png.jpg in en"
        photo = client.photo("班级/IMG_1.jpg")
        assert zipped.read("班级/IMG_1.jpg") == portrait_bytes(client, photo)
        _status, headers, recipe = client.send("GET", f"api/photos/{photo['id']}/recipe.json")
        assert zipped.read("recipes/班级/IMG_1.json") == recipe
        assert "attachment" in headers["Content-Disposition"]
    with download(client) as zipped:
        assert not [name for name in zipped.namelist() if name.startswith("sheets")]


def test_a_single_portrait_is_saved_under_its_own_name(client: Client) -> None:
    client.upload("班级/a b.jpg", picture())
    photo = client.photo("班级/a b.jpg")
    _, headers, _ = client.send("GET", f"api/photos/{photo['id']}/portrait.jpg?download=")
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20b.jpg"


def test_an_outdated_zip_file_is_not_served(client: Client) -> None:
    client.upload("a.jpg", picture())
    client.finished_state()
    download(client).close()
    client.upload("b.jpg", picture())
    client.finished_state()
    assert client.state()["archive"]["state"] == "none"
    assert client.send("GET", "portraits.zip")[0] == 404


def test_there_is_no_zip_file_while_portraits_are_made_or_without_any(page: RunningPage) -> None:
    assert page.client.post("api/archive")[1]["problem"] == "photo_page.archive_empty"
    page.engine.gate.clear()
    page.client.upload("a.jpg", picture())
    assert page.client.post("api/archive")[1]["problem"] == "photo_page.archive_busy"


# ---------------------------------------------------------------------- removal and end


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_removed_photo_leaves_no_file(page: RunningPage) -> None:
    for name in ("a.jpg", "b.jpg"):
        page.client.upload(name, picture())
    page.client.finished_state()
    assert page.client.post("api/photos/00001/remove")[0] == 200
    assert page.client.state()["order"] == ["00002"]
    assert files_below(page.session.folders.top)
    assert not [path for path in files_below(page.session.folders.top) if "00001" in path.name]
    page.client.post("api/remove")
    assert files_below(page.session.folders.top) == []


def test_the_page_ends_by_its_button(page: RunningPage) -> None:
    assert page.client.post("api/end")[0] == 200
    assert page.ended.wait(60)


def test_the_page_ends_when_nobody_uses_it_but_not_while_it_works(page: RunningPage) -> None:
    page.engine.gate.clear()
    page.client.upload("a.jpg", picture())
    eventually(lambda: page.session.collection.is_busy)
    page.server._idle_timeout = 0.0
    page.server.service_actions()
    assert not page.ended.is_set()
    page.engine.gate.set()
    assert page.ended.wait(60)


def test_the_work_folder_is_private_and_removed(tmp_path: Path) -> None:
    with work_folder(tmp_path / "base") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        (folder / "shots").mkdir()
        (folder / "shots" / "1").write_bytes(b"x")
    assert not folder.exists()


def test_only_the_folder_of_a_run_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    abandoned = tmp_path / "run-killed"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    (abandoned / "photo").touch()
    with work_folder(tmp_path) as first:
        assert not abandoned.exists()
        with work_folder(tmp_path) as second:
            assert first.exists()
            assert second != first
