"""`zhengguan server proof-key`: export, rotate, revoke."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kiosk.capture.proof.keys import read_key_file
from kiosk.capture.proof.verification import read_revocations
from server.proof.models import StationKey
from server.proof.school_key import school_key, school_public_keys
from server.secrets import key_store
from server.secrets.key_store import KeyStore
from server.stations.models import Station
from tests.kiosk.capture.proof.samples import STATION

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEY_STORE = KeyStore(tmp_path / "keys")
    monkeypatch.setattr("server.http.serve.prepare", lambda: None)  # the test database is migrated already


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("proof_key", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_exported_files_are_public_and_complete(tmp_path: Path, registered: Station) -> None:
    run("revoke", "一号站", "--last-day", "2026-05-20")
    reported = run("export", tmp_path / "out")
    run("export", tmp_path / "out")
    keys = read_key_file((tmp_path / "out" / "school.pub").read_bytes())
    assert keys == school_public_keys()
    revoked = read_revocations((tmp_path / "out" / "revoked.json").read_bytes(), keys)
    assert revoked == {STATION.public: date(2026, 5, 20)}
    assert (tmp_path / "out" / "school.pub").read_text()[:19] in reported


def test_a_rotation_keeps_the_earlier_public_key(tmp_path: Path) -> None:
    run("export", tmp_path)
    [first] = read_key_file((tmp_path / "school.pub").read_bytes())
    run("rotate")
    run("export", tmp_path)
    second, earlier = read_key_file((tmp_path / "school.pub").read_bytes())
    assert (earlier, second != first) == (first, True)
    assert (tmp_path / "keys" / "proof.key").stat().st_mode & 0o777 == 0o600


def test_an_updated_server_gets_a_key_and_keeps_the_others(tmp_path: Path, settings: Any) -> None:
    """`prepare` calls `school_key` at the first start after an update."""
    folder = tmp_path / "earlier"
    earlier = {name: KeyStore(folder).current(name) for name in ("number", "roster", "station", "django")}
    settings.KEY_STORE = KeyStore(folder)
    public = school_key(timezone.now()).public
    assert {path.stem: path.read_text().strip() for path in folder.glob("*.key") if path.stem != "proof"} == earlier
    assert school_key(timezone.now()).public == public
    assert school_public_keys() == (public,)


def test_keys_of_a_key_file_are_changed_by_the_administrator(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "zhengguan.keys"
    file.write_text("master=" + "1" * 64 + "\n")
    settings.KEY_STORE = key_store.key_store(tmp_path / "keys", str(file), {})
    with pytest.raises(CommandError, match="Add this line at its top") as error:
        run("rotate")
    [before] = school_public_keys()
    line = str(error.value).rsplit(" ", 1)[1]
    file.write_text(f"{line}\n{file.read_text()}")
    settings.KEY_STORE = key_store.key_store(tmp_path / "keys", str(file), {})
    run("export", tmp_path)
    assert read_key_file((tmp_path / "school.pub").read_bytes())[1:] == (before,)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError):
        run("export", tmp_path / "file")


def test_an_unknown_station_is_named(registered: Station) -> None:
    with pytest.raises(CommandError):
        run("revoke", "二号站", "--last-day", "2026-05-20")
    assert StationKey.objects.get().last_day is None
