"""The lock files: complete, hashed, in agreement with pyproject.toml, and without the packages that it excludes."""

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
    return {canonicalize_name(package.name): str(package.specifier).removeprefix("==") for package in locked(lock)}


def required(lock: str) -> list[Requirement]:
    metadata = project()["project"]
    extras = metadata["optional-dependencies"]
    texts = (*metadata["dependencies"], *(text for extra in EXTRAS[lock] for text in extras[extra]))
    direct = [Requirement(text) for text in texts]
    # An extra may include another one, as a requirement of this project.
    own = [package for package in direct if canonicalize_name(package.name) == metadata["name"]]
    return [
        *(package for package in direct if package not in own),
        *(Requirement(text) for package in own for extra in package.extras for text in extras[extra]),
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
def test_every_requirement_is_locked_in_a_version_that_the_project_accepts(lock: str) -> None:
    locked_versions = versions(lock)
    for requirement in required(lock):
        name = canonicalize_name(requirement.name)
        assert name in locked_versions, f"{name} is not in {lock}.txt: run `make lock`"
        version = locked_versions[name]
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}, locked: {version}"


@pytest.mark.parametrize("lock", ["run", "station", "server", "server-engine"])
def test_all_locks_name_the_same_versions(lock: str) -> None:
    everything = versions("test")
    assert {name: everything.get(name) for name in versions(lock)} == versions(lock)


@pytest.mark.parametrize("lock", EXTRAS)
def test_excluded_packages_are_not_locked(lock: str) -> None:
    excluded = {Requirement(text).name for text in project()["tool"]["uv"]["override-dependencies"]}
    assert {"jax", "jaxlib", "opencv-contrib-python", "opencv-python-headless"} <= excluded
    assert not excluded & versions(lock).keys()
    if lock != "test":
        assert not {"scikit-image", "networkx", "babel"} & versions(lock).keys()


def test_every_large_package_has_a_reason() -> None:
    """Byte code and rounding change the sizes, so the table may also list a package just below the limit."""
    table = (LOCKS / "README.md").read_text(encoding="utf-8")
    rows = {cells[1].strip() for line in table.splitlines() if len(cells := line.split("|")) == 5}
    large = {canonicalize_name(name) for name, size in sizes("run").items() if size > LARGE_MB}
    assert len(large) > 5
    assert large <= rows
