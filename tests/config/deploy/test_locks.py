"""The lock files: complete, hashed, in agreement with pyproject.toml, and without what was left out on purpose."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.bench.install_size import LARGE_MB, LOCKS, ROOT, locked, sizes

EXTRAS = {
    "run": ("kiosk", "dslr", "documents", "server"),
    "test": ("kiosk", "dslr", "documents", "server", "dev"),
    "station": ("kiosk", "dslr", "documents"),
    "server": ("server",),
    "server-engine": ("server", "postgresql", "engine", "documents"),
}
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def versions(lock: str) -> dict[str, str]:
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in locked(lock)}


def required(lock: str) -> list[Requirement]:
    metadata = project()["project"]
    extras = metadata["optional-dependencies"]
    found = [Requirement(text) for text in (*metadata["dependencies"], *(t for e in EXTRAS[lock] for t in extras[e]))]
    own = [one for one in found if canonicalize_name(one.name) == metadata["name"]]  # an extra may include another
    return [
        *(one for one in found if one not in own),
        *(Requirement(text) for one in own for extra in one.extras for text in extras[extra]),
    ]


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_package_has_a_version_and_hashes(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 20
    for entry in entries:
        first, *hashes = entry.split("\n")
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ;.*)? \\", first), first
        assert hashes, first
        assert all(HASH.fullmatch(line) for line in hashes), first
    assert "http" not in text


@pytest.mark.parametrize("lock", EXTRAS)
def test_what_the_project_needs_is_locked_in_a_version_that_it_accepts(lock: str) -> None:
    found = versions(lock)
    for requirement in required(lock):
        name = canonicalize_name(requirement.name)
        assert name in found, f"{name} is not in {lock}.txt: run `make lock`"
        assert requirement.specifier.contains(found[name], prereleases=True), f"{requirement}, locked: {found[name]}"


@pytest.mark.parametrize("lock", ["run", "station", "server", "server-engine"])
def test_all_locks_name_the_same_versions(lock: str) -> None:
    everything = versions("test")
    assert {name: everything.get(name) for name in versions(lock)} == versions(lock)


@pytest.mark.parametrize("lock", EXTRAS)
def test_what_was_left_out_stays_out(lock: str) -> None:
    left_out = {Requirement(text).name for text in project()["tool"]["uv"]["override-dependencies"]}
    assert {"jax", "jaxlib", "opencv-contrib-python", "opencv-python-headless"} <= left_out
    assert not left_out & versions(lock).keys()
    if lock != "test":
        assert not {"scikit-image", "networkx", "babel"} & versions(lock).keys()


def test_every_large_package_has_a_reason() -> None:
    """Byte code and rounding aside: a package near the limit may appear in the table without being large."""
    table = (LOCKS / "README.md").read_text(encoding="utf-8")
    rows = {cells[1].strip() for line in table.splitlines() if len(cells := line.split("|")) == 5}
    large = {canonicalize_name(name) for name, size in sizes("run").items() if size > LARGE_MB}
    assert len(large) > 5
    assert large <= rows
