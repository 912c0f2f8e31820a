"""Every form of public address that an administrator may type is normalized, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import Problem
from config.public_address import parse_public_address
from config.settings.server import server_settings


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://photo.school.edu", "https://photo.school.edu"),
        ("  https://photo.school.edu/ ", "https://photo.school.edu"),
        ("HTTPS://Photo.School.EDU", "https://photo.school.edu"),
        ("https://photo.school.edu.", "https://photo.school.edu"),
        ("https://photo.school.edu:443", "https://photo.school.edu"),
        ("https://photo.school.edu:8443/", "https://photo.school.edu:8443"),
        ("http://photo.school.edu:80", "http://photo.school.edu"),
        ("https://photo.school.edu:80", "https://photo.school.edu:80"),
        ("https://照片.示范大学.example", "https://xn--2uxqs.xn--pss25cq42ckwi.example"),
        ("https://xn--0rs24o.example", "https://xn--0rs24o.example"),
        ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("https://[FD00:0:0:0::1]:8443", "https://[fd00::1]:8443"),
        ("http://[::1]", "http://[::1]"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://studio_1", "https://studio_1"),
    ],
)
def test_an_address_is_brought_into_the_form_of_browsers(typed: str, url: str) -> None:
    assert parse_public_address(typed).url == url
    assert parse_public_address(url).url == url


@pytest.mark.parametrize(
    "typed",
    [
        "photo.school.edu",
        "ftp://photo.school.edu",
        "https://",
        "https:///review",
        "https://photo.school.edu/zhengguan",
        "https://photo.school.edu?x=1",
        "https://photo.school.edu/#top",
        "https://user:secret@photo.school.edu",
        "https://photo.school.edu:0",
        "https://photo.school.edu:70000",
        "https://photo.school.edu:https",
        "https://photo school.edu",
        "https://photo..edu",
        "https://-photo.edu",
        "https://*.school.edu",
        "https://0.0.0.0:8000",
        "https://[::]",
        "https://[fe80::1%eth0]",
        "https://999.1.1.1",
        "https://[photo]",
        "https://" + "a" * 64 + ".edu",
        "https://photo.school.edu\nevil",
    ],
)
def test_an_invalid_address_is_refused_when_the_settings_are_read(typed: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\w{3}"):
        parse_public_address(typed)
    path = tmp_path / "server.toml"
    path.write_text(f"[server]\npublic_url = {typed!r}\n", encoding="utf-8")
    with pytest.raises(Problem) as problem:
        server_settings(path)
    assert "server.public_url" in str(problem.value) or "unreadable" in problem.value.key


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('trusted_proxy = "nginx"\npublic_url = "https://a.example"', "trusted_proxy"),
        ('trusted_proxy = "127.0.0.1"', "public_url"),
        ('time_zone = "Asia/Nowhere"', "time_zone"),
        ('time_zone = "../../etc/passwd"', "time_zone"),
        ("max_connections = 0", "max_connections"),
    ],
)
def test_settings_that_do_not_fit_each_other_are_refused(lines: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(f"[server]\n{lines}\n", encoding="utf-8")
    with pytest.raises(Problem) as problem:
        server_settings(path)
    assert key in str(problem.value)
