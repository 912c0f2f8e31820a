"""Files of every kind and name can be uploaded; an incomplete upload leaves no file."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from config.errors import Problem
from kiosk.tools.photo.page_server.uploads import select_pictures
from kiosk.tools.photo.shots import MAX_BYTES, find_shots
from tests.kiosk.tools.photo.page_server.conftest import Client, RunningPage
from tests.waiting import eventually


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 60), **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(file, kind, **options)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("a.jpg", picture())
    return file.getvalue()


def stored_files(page: RunningPage) -> list[Path]:
    return list((page.session.folders.top / "shots").iterdir())


NAMES = (
    "IMG_1.jpg",
    "班级 [1]/照片 “x”.jpg",
    "a#b?c&d=e%20.jpg",
    "<b>.jpg",
    "a\\b.jpg",
    "é\u202egpj.exe",
    "a" * 300 + ".jpg",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_gets_its_portrait(client: Client, name: str) -> None:
    assert client.upload(name, picture())[0] == 201
    photo = client.finished_state()["photos"][0]
    assert photo["state"] == "made"
    assert photo["name"] == name.replace("\u202e", "\\u202e")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a.jpg", "a/../../b.jpg", "/etc/passwd", "a\0.jpg", "./a.jpg", "x" * 1025]
)
def test_a_name_that_leads_elsewhere_is_refused(page: RunningPage, name: str) -> None:
    status, response = page.client.upload(name, picture())
    assert status == 422
    assert response["problem"] == "photo_page.bad_name"
    assert stored_files(page) == []


WRONG = {
    "photo.empty": b"",
    "photo.no_image": b"a list of names",
    "photo.document": b"%PDF-1.7 and more",
    "photo.archive": archive(),
    "photo.truncated": picture(size=(400, 600), quality=95)[:-2000],
}


FORMATS = {"photo.document": "PDF", "photo.archive": "ZIP"}


@pytest.mark.parametrize("key", WRONG)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_each_kind_of_wrong_file_is_refused_with_its_sentence(page: RunningPage, key: str, language: str) -> None:
    page.engine.problem = Problem("photo.truncated")  # what the engine reports about a damaged file
    page.client.upload("a.jpg", WRONG[key])
    page.client.finished_state()
    photo = page.client.get(f"api/state?after=0&lang={language}")["photos"][0]
    assert photo["state"] == "refused"
    assert photo["problem"] == Problem(key, format=FORMATS.get(key, "")).in_language(language)
    assert photo["portrait"] is None
    reached_engine = page.engine.shots == [WRONG[key]]
    assert reached_engine == (key == "photo.truncated"), "foreign bytes are first decoded in a separate process"


def test_a_file_larger_than_any_picture_is_refused_before_it_is_read(page: RunningPage) -> None:
    status, _, body = page.client.send(
        "POST", "api/photos?lang=en", None, X_File_Name="a.jpg", Content_Length=str(10**14)
    )
    assert status == 422
    assert Problem("command.too_large", most=MAX_BYTES // 1_000_000).in_language("en").encode() in body
    assert stored_files(page) == []


@pytest.mark.parametrize(
    "headers",
    [{"Content_Length": None}, {"Content_Length": "-1"}, {"Content_Length": "x"}, {"Transfer_Encoding": "chunked"}],
)
def test_a_body_without_a_length_is_refused(page: RunningPage, headers: dict[str, str | None]) -> None:
    assert page.client.send("POST", "api/photos", b"", X_File_Name="a.jpg", **headers)[0] == 411
    assert stored_files(page) == []


def test_an_interrupted_upload_leaves_nothing(page: RunningPage) -> None:
    access = page.server.access
    head = (
        f"POST /{access.token}/api/photos HTTP/1.1\r\nHost: 127.0.0.1:{access.port}\r\nOrigin: {access.origin}\r\n"
        "X-File-Name: a.jpg\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", access.port)) as connection:
        connection.sendall(head.encode() + b"only a part")
        eventually(lambda: len(stored_files(page)) == 1)
    eventually(lambda: stored_files(page) == [])
    assert page.session.collection.photos() == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(page: RunningPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        status, response = page.client.upload("a.jpg", picture())
    assert (status, response["problem"]) == (422, "photo_page.disk_full")
    assert page.client.upload("a.jpg", picture())[0] == 201


def test_the_same_file_twice_is_one_photo(client: Client) -> None:
    assert client.upload("a.jpg", picture())[1]["id"] is not None
    assert client.upload("a.jpg", picture())[1]["id"] is None
    assert client.upload("b/a.jpg", picture())[1]["id"] is not None
    assert client.state()["order"] == ["00001", "00003"]


def test_another_file_of_the_same_name_replaces_the_first(client: Client) -> None:
    client.upload("a.jpg", picture())
    client.upload("a.jpg", picture(size=(41, 60)))
    assert client.finished_state()["order"] == ["00002"]


def test_a_folder_is_searched_like_make_searches_it(tmp_path: Path) -> None:
    files = {
        "IMG_10.jpg": picture(),
        "IMG_9.png": picture("PNG"),
        "notes.txt": b"names",
        ".hidden.jpg": picture(),
        "Thumbs.db": b"x",
        "raw.CR2": picture(),
        "no suffix": picture(),
        "copy.bak": picture("PNG"),
        "second day/IMG_2.jpg": picture(),
        "second day/a.docx": b"PK\3\4",
        ".cache/a.jpg": picture(),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    shots = find_shots([tmp_path], recursive=True, out=tmp_path / "out")
    listed = list(files)
    taken, skipped = select_pictures([(name, files[name][:12]) for name in listed])
    assert {listed[place] for place in taken} == {str(shot.folder / shot.path.name) for shot in shots.shots}
    assert skipped == shots.skipped


def test_the_selection_of_a_folder_over_http(client: Client) -> None:
    files = [{"name": "a.jpg", "head": "ffd8ff"}, {"name": "b.txt", "head": ""}, {"name": "c", "head": "ffd8ff"}]
    assert client.post("api/select", {"files": files}) == (200, {"taken": [0, 2], "skipped": {".txt": 1}})


def test_a_name_with_half_a_surrogate_pair_is_answered(client: Client) -> None:
    body = b'{"files": [{"name": "a.\\ud800", "head": ""}]}'  # no text in UTF-8, but valid JSON
    status, _, content = client.send("POST", "api/select", body)
    assert (status, json.loads(content)) == (200, {"taken": [], "skipped": {".\ud800": 1}})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"files": 1}', b'{"files": [{"name": "a", "head": "xy"}]}', b"\xff", b"[" * 100_000],
)
def test_a_malformed_request_is_refused(client: Client, body: bytes) -> None:
    assert client.send("POST", "api/select", body)[0] == 400
