"""Pairing a station: every failure names its own cause, and the address may come from a Chinese input method."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES
from config.settings.station import station_settings
from kiosk.station.pairing import pair
from kiosk.upload.client import Client
from kiosk.upload.errors import ServerUnreachable


@pytest.mark.parametrize("url", ["http://[::1", "https://photo.school.edu:99x", "photo.school.edu", "ftp://photo"])
def test_an_invalid_address_is_reported(tmp_path: Path, url: str) -> None:
    with pytest.raises(Problem) as caught:
        pair(station_settings(server={"allow_http": True}), tmp_path, url, "CODE")
    assert "not a valid server address" in str(caught.value)
    assert "写得不对" in caught.value.in_language("zh_CN")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (ServerUnreachable("upload.untrusted"), "certificate is not trusted"),
        (ServerUnreachable("upload.captive_portal"), "login page"),
        (ServerUnreachable("upload.proxy_login", proxy="10.0.0.1:8080"), "10.0.0.1:8080"),
        (ServerUnreachable("upload.unreachable"), "network cable"),
    ],
)
def test_the_cause_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Problem, expected: str) -> None:
    def fail(*arguments: object) -> None:
        raise problem

    monkeypatch.setattr(Client, "pair", fail)
    with pytest.raises(Problem) as caught:
        pair(station_settings(), tmp_path, "https://photo.school.edu", "CODE")
    assert expected in str(caught.value)
    for language in LANGUAGES:
        sentence = caught.value.in_language(language)
        assert "https://photo.school.edu" in sentence
        assert "upload." not in sentence


def test_full_width_signs_in_the_address_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[str] = []

    def refuse(url: str, *arguments: object) -> None:
        requested.append(url)
        raise ServerUnreachable("upload.unreachable")

    monkeypatch.setattr(Client, "pair", refuse)
    with pytest.raises(Problem):
        pair(station_settings(), tmp_path, " https：／／photo.school.edu：8443 ", "CODE")
    assert requested == ["https://photo.school.edu:8443"]
