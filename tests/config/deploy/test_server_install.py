"""The installer of the server, run unchanged with its files in a folder of the test."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import config
from config.settings.server import server_settings
from kiosk.upload.envelope import Rejection
from server.core.body_limits import SMALL_BODY_BYTES, body_limit_table

FOLDER = Path(config.__file__).parent / "deploy" / "server"
SCRIPT = FOLDER / "install.sh"
ADDRESS = ("--address", "https://photo.example")
FIRST = (*ADDRESS, "--own-certificate", "--release", "one")
SITE = "etc/nginx/sites-available/zhengguan"

pytestmark = [pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed"), pytest.mark.process]


def run(root: Path, *arguments: str) -> str:
    done = subprocess.run([str(SCRIPT), "--root", str(root), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def expect_refusal(root: Path, *arguments: str) -> str:
    done = subprocess.run([str(SCRIPT), "--root", str(root), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert not (root / "etc").exists()
    return done.stderr


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def test_a_dry_run_prints_each_step_and_changes_nothing(tmp_path: Path) -> None:
    output = run(tmp_path, *FIRST, "--dry-run")
    assert "would: write /etc/nginx/sites-available/zhengguan" in output
    assert "would: make a certificate of our own for photo.example" in output
    assert list(tmp_path.iterdir()) == []


def test_the_second_run_needs_no_address_and_finds_nothing_to_do(tmp_path: Path) -> None:
    run(tmp_path, *FIRST, "--app-port", "8123", "--http-port", "8080")
    before = files(tmp_path)
    assert run(tmp_path, "--release", "one").strip() == "This server is up to date: releases/one."
    assert files(tmp_path) == before


def test_the_server_reads_the_settings_that_the_installer_writes(tmp_path: Path) -> None:
    run(tmp_path, "--address", "HTTPS://照片.Example:8443/", "--own-certificate", "--release", "one")
    settings = server_settings(tmp_path / "etc/zhengguan/server.toml").server
    assert (settings.public_url, settings.trusted_proxy) == ("https://xn--2uxqs.example:8443", "127.0.0.1")
    assert settings.hsts_days == 0  # a browser without our authority's certificate could not open the page
    assert not Path(settings.keys).is_relative_to(settings.data)
    assert "listen 8443 ssl;" in text(tmp_path, SITE)


def test_a_new_address_replaces_the_old_one_and_changed_settings_stay(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    settings = tmp_path / "etc/zhengguan/server.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "threads = 9\n", encoding="utf-8")
    run(tmp_path, "--address", "https://other.example", "--own-certificate", "--release", "one")
    written = tomllib.loads(settings.read_text(encoding="utf-8"))["server"]
    assert (written["public_url"], written["threads"]) == ("https://other.example", 9)
    assert "server_name other.example;" in text(tmp_path, SITE)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "--address"),
        (("--address", "https://school.edu/photos"), "a path"),
        (("--address", "photo.school.edu"), "https://"),
        (ADDRESS, "--own-certificate"),
        ((*ADDRESS, "--certificate", "/nowhere.crt", "--key", "/nowhere.key"), "/nowhere.crt"),
        ((*ADDRESS, "--own-certificate", "--release", "../x"), "letters"),
        (("--address", "http://photo.example:8000"), "--app-port"),
    ],
)
def test_invalid_options_are_rejected_before_anything_is_written(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    assert reason in expect_refusal(tmp_path, *arguments)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        subprocess.run([str(FOLDER / "certificate.sh"), str(tmp_path / name), "photo.example"], check=True)
    pair = ("--certificate", str(tmp_path / "a/server.crt"), "--key", str(tmp_path / "b/server.key"))
    assert "does not belong" in expect_refusal(tmp_path / "root", *ADDRESS, *pair)
    own = ("--certificate", str(tmp_path / "a/server.crt"), "--key", str(tmp_path / "a/server.key"))
    run(tmp_path / "root", *ADDRESS, *own, "--release", "one")
    assert f"ssl_certificate {tmp_path}/a/server.crt;" in text(tmp_path / "root", SITE)
    assert "hsts_days = 365" in text(tmp_path / "root", "etc/zhengguan/server.toml")


def test_an_address_without_tls_gets_a_site_without_tls(tmp_path: Path) -> None:
    run(tmp_path, "--address", "http://192.168.1.20", "--release", "one")
    site = text(tmp_path, SITE)
    assert "listen 80;" in site
    assert "ssl" not in site


def test_an_update_can_be_rolled_back_and_keeps_a_copy_of_the_database(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    database = tmp_path / "var/lib/zhengguan-server/zhengguan.sqlite3"
    database.write_bytes(b"records")
    run(tmp_path, "--release", "two")
    assert os.readlink(tmp_path / "opt/zhengguan-server/current") == "releases/two"
    assert database.with_name("zhengguan.sqlite3.before-two").read_bytes() == b"records"
    run(tmp_path, "--rollback")
    assert os.readlink(tmp_path / "opt/zhengguan-server/current") == "releases/one"
    assert database.read_bytes() == b"records"


def test_keys_and_data_are_private(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    modes = {
        name: (tmp_path / name).stat().st_mode & 0o777 for name in ("etc/zhengguan/keys", "var/lib/zhengguan-server")
    }
    assert modes == {"etc/zhengguan/keys": 0o750, "var/lib/zhengguan-server": 0o700}
    assert (tmp_path / "etc/zhengguan/tls/server.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "etc/zhengguan/tls/ca.key").stat().st_mode & 0o077 == 0


def test_two_installations_do_not_run_at_once(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    with (tmp_path / "opt/zhengguan-server/.install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [str(SCRIPT), "--root", str(tmp_path), "--release", "two"], capture_output=True, timeout=60
        )
    assert done.returncode != 0
    assert os.readlink(tmp_path / "opt/zhengguan-server/current") == "releases/one"


def test_nginx_accepts_bodies_up_to_the_limit_of_the_server_and_hardly_larger_ones(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    conf = text(tmp_path, "etc/nginx/snippets/zhengguan.conf")
    units = {"": 1, "k": 1024, "m": 1024 * 1024}
    max_bytes = {}
    for block in re.findall(r"location (?:= )?(/\S*) \{([^{}]*)\}", conf):
        size = re.search(r"client_max_body_size (\d+)([km]?);", block[1])
        if size:
            max_bytes[block[0]] = int(size[1]) * units[size[2]]
    app = server_settings()
    for limit in body_limit_table(app.intake.max_request_bytes, app.remote.max_photo_bytes):
        if limit.max_bytes > SMALL_BODY_BYTES:
            assert limit.max_bytes <= max_bytes[limit.prefix] <= limit.max_bytes * 1.1, limit
    assert "client_max_body_size 64k;" in conf


def test_responses_of_nginx_itself_have_the_form_that_stations_read() -> None:
    bodies = re.findall(r"return \d+ '(\{.*\})';", (FOLDER / "locations.conf").read_text(encoding="utf-8"))
    assert len(bodies) == 3
    for body in bodies:
        assert Rejection.model_validate_json(body).zh_CN != json.loads(body)["en"]


def certificate_files(folder: Path) -> list[str]:
    folder.mkdir()
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make += ["-subj", "/CN=photo.example", "-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem")]
    subprocess.run(make, check=True, capture_output=True)
    return ["--certificate", "chain.pem", "--key", "key.pem"]


def test_a_certificate_in_the_present_folder_gets_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nginx would look for it in its own folder."""
    options = certificate_files(tmp_path / "证书")
    monkeypatch.chdir(tmp_path / "证书")
    run(tmp_path, *ADDRESS, *options, "--release", "one")
    assert f"ssl_certificate {tmp_path}/证书/chain.pem;" in text(tmp_path, SITE)
    assert f"ssl_certificate_key {tmp_path}/证书/key.pem;" in text(tmp_path, SITE)


def test_a_path_that_nginx_cannot_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = certificate_files(tmp_path / "my keys")
    monkeypatch.chdir(tmp_path / "my keys")
    assert "without blanks" in expect_refusal(tmp_path, *ADDRESS, *options, "--release", "one")


def test_an_address_that_somebody_commented_out_is_set_again(tmp_path: Path) -> None:
    run(tmp_path, *FIRST)
    settings = tmp_path / "etc/zhengguan/server.toml"
    settings.write_text(settings.read_text("utf-8").replace("public_url =", "# public_url ="), encoding="utf-8")
    run(tmp_path, *FIRST)
    assert tomllib.loads(settings.read_text(encoding="utf-8"))["server"]["public_url"] == "https://photo.example"
