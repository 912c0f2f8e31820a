"""One process for each picture, forked from a process that starts once: what they share, and when they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

import psutil
import pytest

from kiosk.capture.isolated_decoding.fork_server import ForkServer
from tests.paths import ROOT
from tests.waiting import eventually

pytestmark = pytest.mark.process

NUMBERS = (2_000_000_000, 60, 400)
Create = Callable[[str], ForkServer]
PRINT_PARENT = "print(os.getppid(), flush=True)"


def write_module(folder: Path, code: str) -> None:
    (folder / "forked.py").write_text(
        f"import os, signal, sys, threading\ncount = 0\ndef main(parent, *numbers):\n{indent(code, '    ')}\n",
        encoding="utf-8",
    )


@pytest.fixture
def create(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Create]:
    """Make a fork server whose children run `code`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    with ExitStack() as ends:

        def create(code: str) -> ForkServer:
            write_module(tmp_path, code)
            server = ForkServer("forked")
            ends.callback(server.close)
            return server

        yield create


def run(server: ForkServer, picture: Path = Path(os.devnull), timeout: float = 300.0) -> tuple[int, str]:
    with picture.open("rb") as file:
        code, output = server.run(file, NUMBERS, timeout)
    return code, output.decode()


def test_the_child_gets_the_picture_and_the_numbers(create: Create, tmp_path: Path) -> None:
    picture = tmp_path / "picture"
    picture.write_text("pixels")
    server = create("print(sys.stdin.read(), parent == os.getppid(), *numbers, flush=True)")
    assert run(server, picture) == (0, "pixels True 2000000000 60 400\n")


def test_each_picture_gets_a_process_of_its_own_from_one_parent(create: Create) -> None:
    """A change in one child does not affect the next."""
    server = create("global count\ncount += 1\nprint(count, os.getppid(), os.getpid(), flush=True)")
    outputs = [run(server)[1].split() for _ in range(3)]
    assert [count for count, _, _ in outputs] == ["1", "1", "1"]
    assert len({parent for _, parent, _ in outputs}) == 1
    assert len({pid for _, _, pid in outputs}) == 3


def test_the_process_that_forks_has_one_thread() -> None:
    """A lock that another thread holds at the fork stays locked in the child."""
    server = ForkServer("kiosk.capture.isolated_decoding.child")
    try:
        run(server)
        [process] = server.processes
        assert psutil.Process(process.pid).num_threads() == 1
    finally:
        server.close()


@pytest.mark.parametrize("crash", ["os.kill(os.getpid(), signal.SIGSEGV)", "raise ValueError"])
def test_a_child_that_crashes_is_the_last_of_its_parent(crash: str, create: Create, tmp_path: Path) -> None:
    server = create(f"{PRINT_PARENT}\nif sys.stdin.read(): {crash}")
    crashing = tmp_path / "crashing"
    crashing.write_text("x")
    before = run(server)
    code, parent = run(server, crashing)
    assert code != 0
    assert parent == before[1]
    assert run(server)[1] != parent
    eventually(lambda: server.processes[0].poll() is not None)


def test_a_child_that_hangs_is_killed_and_the_next_picture_is_decoded(create: Create, tmp_path: Path) -> None:
    started = tmp_path / "started"
    server = create(f"if sys.stdin.read(): open({str(started)!r}, 'w').write(str(os.getpid())); signal.pause()")
    hanging = tmp_path / "hanging"
    hanging.write_text("x")
    for timeout in (1.0, 10.0, 100.0):  # until the child has enough time to start
        with pytest.raises(TimeoutError):
            run(server, hanging, timeout)
        if started.exists() and started.read_text():
            break
    assert not psutil.pid_exists(int(started.read_text()))
    assert run(server) == (0, "")


def test_a_parent_that_was_killed_is_started_again(create: Create) -> None:
    server = create(PRINT_PARENT)
    killed = psutil.Process(int(run(server)[1]))
    killed.kill()
    server.processes[0].wait()
    assert run(server)[1] != f"{killed.pid}\n"


def test_a_forked_process_starts_its_own_fork_server(create: Create) -> None:
    """gunicorn forks its workers from one process."""
    server = create(PRINT_PARENT)
    before = run(server)
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            os.write(write, run(server)[1].encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read) as output:
        parent = output.read()
    os.waitpid(pid, 0)
    assert parent != ""
    assert parent != before[1]
    assert run(server) == before


def test_a_parent_that_cannot_start_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="has ended"):
        run(ForkServer("no_such_module"))


def test_all_processes_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    """The child waits indefinitely, so only the kill can end it."""
    write_module(
        tmp_path, f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{parent}} {{os.getpid()}} '); signal.pause()"
    )
    script = (
        "from kiosk.capture.isolated_decoding.fork_server import ForkServer\n"
        f"ForkServer('forked').run(open('/dev/null', 'rb'), {NUMBERS}, 600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))}
    killed = subprocess.Popen([sys.executable, "-c", script], env=environment)
    pids = tmp_path / "pids"
    eventually(lambda: pids.exists() and pids.read_text().endswith(" "))
    processes = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    assert all(process.is_running() for process in processes)
    killed.kill()
    killed.wait()
    eventually(lambda: all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in processes))
