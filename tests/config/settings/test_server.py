"""Wrong values in the server's settings are one sentence with the file and the key, before anything starts."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from config.errors import Problem
from config.settings.server import server_settings


def settings_file(tmp_path: Path, section: str, line: str) -> Path:
    path = tmp_path / "server.toml"
    path.write_text(f"[{section}]\n{line}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("calendar", "opens", '"09:00Z"'),  # compared with a time without a zone
        ("calendar", "closes", "17"),  # 17 seconds after midnight in Greenwich
        ("backup", "scrub_from", "1.5"),
        ("privacy", "erase_until", "5"),
        ("notices", "quiet_from", "21"),
        ("notices", "quiet_until", '"08:00+08:00"'),
        ("payments", "bill_time", "10"),
    ],
)
def test_a_time_of_day_is_no_number_and_has_no_zone(section: str, key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=rf"server\.toml has a mistake at {section}\.{key} .*09:00"):
        server_settings(settings_file(tmp_path, section, f"{key} = {value}"))


@pytest.mark.parametrize("value", ['"09:30"', '"09:30:00"', "09:30:00"])
def test_a_time_of_day_may_be_text_or_a_time_of_toml(value: str, tmp_path: Path) -> None:
    assert server_settings(settings_file(tmp_path, "calendar", f"opens = {value}")).calendar.opens == time(9, 30)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("pairing", "code_valid_minutes", "99999999999999"),
        ("delivery", "package_days", "1000000"),
        ("throttle", "last_four_tries", "99999999999999999999"),
        ("session", "max_hours", "99999999999"),
        ("privacy", "receipt_years", "10000"),
        ("notices.email", "port", "70000"),
        ("day", "disk_warning_gb", "inf"),
        ("review", "grid_seen_seconds", "1e400"),
    ],
)
def test_a_number_beyond_every_time_and_database_is_refused(section: str, key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=rf"server\.toml has a mistake at {section}\.{key} "):
        server_settings(settings_file(tmp_path, section, f"{key} = {value}"))


def test_a_file_of_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_bytes("\ufeff[server]\r\nthreads = 2\r\n".encode())
    assert server_settings(path).server.threads == 2
