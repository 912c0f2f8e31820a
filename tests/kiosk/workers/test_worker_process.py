"""A worker process runs jobs in order; one that crashes or hangs costs its own job and is replaced."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from kiosk.workers.worker_process import RunningJob, WorkerEnded, WorkerProcess
from tests.waiting import eventually, future_result

pytestmark = pytest.mark.process

_prepared = ""


def prepare(text: str) -> None:
    global _prepared
    _prepared = text


def prepared_text() -> str:
    return _prepared


def process_id() -> int:
    return os.getpid()


def end(status: int) -> None:
    os._exit(status)


def hang() -> None:
    time.sleep(3600)


def fail(text: str) -> None:
    raise ValueError(text)


def unpicklable() -> object:
    return threading.Lock()


def hang_reason(job: RunningJob) -> str:
    """Return a reason for the jobs in `hanging`; all others end immediately."""
    return "hangs" if job.result in hanging else ""


hanging: list[Future[None]] = []


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    process = WorkerProcess("test", prepare, ("prepared",), hang_reason, watch_interval=0.02)
    yield process
    process.close()
    hanging.clear()


def end_reason(future: Future[None]) -> str:
    with pytest.raises(WorkerEnded) as error:
        future_result(future)
    return str(error.value)


def test_all_jobs_run_in_one_prepared_process(worker: WorkerProcess) -> None:
    assert worker.pid is None
    text, first, second = worker.submit(prepared_text), worker.submit(process_id), worker.submit(process_id)
    assert worker.is_busy
    assert future_result(text) == "prepared"
    assert future_result(first) == future_result(second) == worker.pid != os.getpid()
    assert not worker.is_busy


@pytest.mark.parametrize("status", [0, 3])
def test_a_crash_costs_its_own_job_and_the_next_starts_a_new_process(worker: WorkerProcess, status: int) -> None:
    before = future_result(worker.submit(process_id))
    crash, after = worker.submit(end, status), worker.submit(process_id)
    assert end_reason(crash) == ""
    assert future_result(after) != before


def test_a_process_that_hangs_is_killed_with_the_reason(worker: WorkerProcess) -> None:
    hanging.append(worker.submit(hang))
    after = worker.submit(prepared_text)
    assert end_reason(hanging[0]) == "hangs"
    assert future_result(after) == "prepared"


def test_an_exception_is_passed_on_with_the_place_where_it_was_raised(worker: WorkerProcess) -> None:
    pid = worker.submit(process_id)
    with pytest.raises(ValueError, match="a reason") as error:
        future_result(worker.submit(fail, "a reason"))
    assert "in fail" in error.value.__notes__[0]
    with pytest.raises(RuntimeError, match="pickle"):
        future_result(worker.submit(unpicklable))
    with pytest.raises(TypeError, match="pickle"):
        future_result(worker.submit(fail, threading.Lock()))
    assert worker.pid == future_result(pid), "none of them ends the process"


def test_close_kills_the_process_and_cancels_what_waits(worker: WorkerProcess) -> None:
    running, waiting = worker.submit(hang), worker.submit(hang)
    eventually(running.running)
    worker.close()
    assert end_reason(running) == "is closed"
    assert waiting.cancelled()
    assert (worker.pid, worker.is_busy) == (None, False)
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(hang)


def test_an_initializer_that_fails_fails_the_job() -> None:
    worker = WorkerProcess("test", fail, ("at the start",), hang_reason)
    assert end_reason(worker.submit(hang)) == ""
    worker.close()


def test_the_main_module_of_the_parent_is_not_imported(
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = sys.modules["__main__"]
    (tmp_path / "main.py").write_text("import os\nos._exit(3)\n", encoding="ascii")
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.setattr(main, "__file__", str(tmp_path / "main.py"), raising=False)
    assert future_result(worker.submit(prepared_text)) == "prepared"
    assert main.__file__ == str(tmp_path / "main.py")
