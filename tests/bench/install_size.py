"""Disk usage of the packages of the run environment: `python -m tests.bench.install_size [LOCK]`.

Sizes are those of the files installed in this environment without byte code, in MB of 10^6 bytes.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from tests.paths import ROOT

LOCKS: Final = ROOT / "config" / "deploy" / "python"
LARGE_MB: Final = 30.0
"""A package of this size needs a reason in config/deploy/python/README.md."""


def locked(name: str) -> list[Requirement]:
    """Return the requirements of the lock file `name` ("run")."""
    lines = (LOCKS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip("\\ ")) for line in lines if "==" in line and not line.startswith((" ", "#"))]


def installed_mb(package: str) -> float | None:
    """Return the MB of an installed package; None if it is not installed."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def sizes(lock: str) -> dict[str, float]:
    """Return the MB by package, the largest first."""
    measured = {requirement.name: installed_mb(requirement.name) for requirement in locked(lock)}
    known = {name: size for name, size in measured.items() if size is not None}
    return dict(sorted(known.items(), key=lambda item: -item[1]))


def main(lock: str = "run") -> None:
    measured = sizes(lock)
    for name, size in measured.items():
        if size >= 1:
            print(f"{size:8.1f} MB  {name}")
    print(f"{sum(measured.values()):8.1f} MB  in all, {len(measured)} packages of {lock}.txt")


if __name__ == "__main__":
    main(*sys.argv[1:])
