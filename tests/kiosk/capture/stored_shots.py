"""Shots of the simulated studio, stored for all processes of all runs with the same simulator.

Rendering a shot of 24 megapixels takes more than a second of a processor, opening the studio another. A folder's name
holds the hash of the simulator's files, of all modules of the project that they import, and of the versions of the
libraries, so that a stored shot is what the simulator would render.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.paths import ROOT

FOLDER: Final = ROOT / ".pytest_cache" / "shots"
SIMULATOR: Final = ROOT / "hardware" / "simulators" / "studio_camera"
_PROJECT_IMPORT: Final = re.compile(r"^\s*(?:from|import) ((?:config|hardware|kiosk)[\w.]*)", re.MULTILINE)
LIBRARIES: Final = ("numpy", "scipy", "Pillow", "opencv-python", "pydantic")


def stored_shot(scene: str, render: Callable[[], bytes]) -> bytes:
    """Return the stored JPEG of `scene`. If there is none, store the one that `render` returns."""
    folder = _folder()
    with (folder / f"{scene}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / f"{scene}.jpg"
        if not path.exists():
            incomplete = path.with_suffix(".incomplete")
            incomplete.write_bytes(render())
            incomplete.rename(path)
        return path.read_bytes()


@cache
def _folder() -> Path:
    """Return the folder of this simulator, and delete those of others."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / simulator_hash(frozenset(SIMULATOR.iterdir()))
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for other in (path for path in FOLDER.iterdir() if path.is_dir()):
                shutil.rmtree(other, ignore_errors=True)
            folder.mkdir()
    return folder


def simulator_hash(files: frozenset[Path]) -> str:
    """Return the hash of everything that a shot depends on: `files`, the modules they import, and the libraries."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    for path in sorted(with_imports(file for file in files if file.is_file())):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def with_imports(files: Iterable[Path]) -> set[Path]:
    """Return `files` and all modules of the project that they import, directly or not."""
    found: set[Path] = set()
    remaining = list(files)
    while remaining:
        path = remaining.pop()
        if path not in found:
            found.add(path)
            remaining += _imported(path) if path.suffix == ".py" else []
    return found


def _imported(path: Path) -> list[Path]:
    modules = (ROOT / name.replace(".", "/") for name in _PROJECT_IMPORT.findall(path.read_text(encoding="utf-8")))
    return [file for module in modules for file in (module.with_suffix(".py"), module / "__init__.py") if file.exists()]
