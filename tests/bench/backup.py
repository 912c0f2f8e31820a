"""Time, processor time and memory of a first backup, of a second one without new files, and of the restore.

Run: python -m tests.bench.backup [FILES]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

FOLDER: Final = Path(tempfile.mkdtemp(prefix="zhengguan-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = str(FOLDER / "data")

import django

django.setup()

from django.conf import settings
from django.utils import timezone

from server.backup.make import make_backup
from server.http.serve import prepare
from server.secrets.key_store import key_file_of
from tests.bench.machine import machine
from tests.bench.many_students import fill
from tests.server.conftest import make_campaign

FILE_BYTES: Final = 34_000
Result = TypeVar("Result")


def main() -> int:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    print(machine(), flush=True)
    prepare()
    fill(make_campaign(simulated=False), files // 3, files_each=3, file_bytes=FILE_BYTES)
    now, backups = timezone.now(), FOLDER / "backups"
    for name, at in (("first backup", now), ("second backup, nothing new", now + timedelta(seconds=1))):
        result = _print(name, lambda at=at: make_backup(backups, at, lambda _: None))  # type: ignore[misc]
        print(f"  {result.files} files of {FILE_BYTES} bytes, {result.copied} copied, {len(result.missing)} missing")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{memory:.0f} MB at most", flush=True)
    return _restore(backups)


def _restore(backups: Path) -> int:
    """Restore into an empty folder with the command, using this server's keys."""
    settings_file, keys = FOLDER / "server.toml", FOLDER / "server.keys"
    keys.touch(mode=0o600)
    keys.write_bytes(key_file_of(settings.KEY_STORE))
    settings_file.write_text(f'[server]\nkeys = "{keys}"\n', encoding="utf-8")
    environment = {**os.environ, "ZHENGGUAN_SERVER_DATA": str(FOLDER / "restored")}
    environment["ZHENGGUAN_SERVER_CONFIG"] = str(settings_file)
    command = [sys.executable, "-m", "server.cli", "restore", str(backups)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds, memory = time.monotonic() - began, after.ru_maxrss / 1024
    print(f"restore: {seconds:.0f} s, {cpu:.0f} s CPU, {memory:.0f} MB at most, exit code {result.returncode}")
    if result.returncode:
        print(result.stdout[-500:], result.stderr[-500:])
    return result.returncode


def _print(name: str, work: Callable[[], Result]) -> Result:
    began, before = time.monotonic(), time.process_time()
    result = work()
    print(f"{name}: {time.monotonic() - began:.0f} s, {time.process_time() - before:.0f} s CPU", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
