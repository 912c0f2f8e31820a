"""The modules that the server must not load, its settings file, and its message keys."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from config.settings.server import server_settings
from tests.paths import ROOT

THEMES = "refused|roster|stations|pages|review|progress|people|submissions|clerk|retouch_page"
KEY = re.compile(rf"""["']((?:{THEMES})\.[a-z_]+)["']""")


@pytest.mark.process
def test_the_server_loads_no_device_no_screen_and_no_model(tmp_path: Path) -> None:
    code = (
        "import sys, server.wsgi, server.urls, server.cli, server.demo; "
        "print([m for m in ('hardware', 'PyQt5', 'gphoto2', 'mediapipe', 'cv2', 'numpy') if m in sys.modules])"
    )
    environment = {**os.environ, "ZHENGGUAN_SERVER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[server]\nporrt = 1", "server.porrt"),
        ("[throttle]\nwindow_minutes = 0", "throttle.window_minutes"),
        ("[server]\npublic_url = 'photo.school.edu'", "server.public_url"),
        ("[review.reasons]\npose = ['a', 'a']", "review.reasons"),
        ("[surprise]\na = 1", "surprise"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(text: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as problem:
        server_settings(path)
    assert key in str(problem.value)
    assert "mine.toml" in str(problem.value)


def test_every_reason_has_its_messages() -> None:
    reasons = server_settings().review.reasons
    keys = [f"reject_group.{group}" for group in reasons]
    keys += [f"{kind}.{code}" for codes in reasons.values() for code in codes for kind in ("reject", "advice")]
    assert [(key, language) for key in keys for language in LANGUAGES if not translations(language).has(key)] == []


def test_every_key_in_code_and_pages_has_its_message() -> None:
    files = [p for p in (ROOT / "server").rglob("*") if p.suffix in (".py", ".html") and "migrations" not in p.parts]
    keys = {key for path in files for key in KEY.findall(path.read_text(encoding="utf-8"))}
    keys = {key for key in keys if not key.endswith("_") and not re.search(r"\.(view|add|change|review)_", key)}
    assert len(keys) > 100
    assert {key for key in keys for language in LANGUAGES if not translations(language).has(key)} == set()
