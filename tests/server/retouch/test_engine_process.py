"""The engine may be missing, and its process may crash, hang or print: the worker gets an answer or a Problem."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator

import pytest

from config.errors import Problem
from server.retouch import engine_child, engine_process
from server.retouch.engine_process import EngineProcess

pytestmark = pytest.mark.process

Start = Callable[[str], EngineProcess]
LOOP = "import json, sys\nfor line in sys.stdin:\n    request = json.loads(line)\n"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that runs this program instead of the engine."""
    processes: list[EngineProcess] = []

    def start_one(program: str) -> EngineProcess:
        processes.append(EngineProcess((sys.executable, "-c", program)))
        return processes[-1]

    yield start_one
    for process in processes:
        process.close()


def problem_of(process: EngineProcess) -> str:
    with pytest.raises(Problem) as problem:
        process.request({"task": "prepare"}, lambda _: None)
    return problem.value.key


def test_stages_and_the_answer_arrive(start: Start) -> None:
    program = (
        LOOP
        + "    for m in ({'stage': 'one'}, {'stage': 'two'}, {'answer': request}): print(json.dumps(m), flush=True)"
    )
    stages: list[str] = []
    process = start(program)
    for number in (1, 2):
        assert process.request({"n": number}, stages.append) == {"n": number}
    assert stages == ["one", "two"] * 2


def test_nan_becomes_null(start: Start) -> None:
    process = start(LOOP + "    print(json.dumps({'answer': {'value': float('nan')}}), flush=True)")
    assert process.request({}, lambda _: None) == {"value": None}


@pytest.mark.parametrize(
    "program",
    ["", "import os; os.abort()", LOOP + "    print('no JSON', flush=True)", LOOP + "    sys.exit(3)"],
    ids=["ends", "crashes", "garbage", "exits"],
)
def test_a_process_that_gives_no_answer_is_one_sentence(start: Start, program: str) -> None:
    assert problem_of(start(program)) == "retouch_page.engine_stopped"


def test_a_process_that_hangs_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "scale_timeout", lambda seconds: 0.2)
    assert problem_of(start(LOOP + "    import threading; threading.Event().wait()")) == "retouch_page.engine_stopped"


def test_it_is_started_again_after_a_crash(start: Start) -> None:
    process = start(LOOP + "    if request.get('exit'): sys.exit(1)\n    print(json.dumps({'answer': {}}), flush=True)")
    with pytest.raises(Problem):
        process.request({"exit": True}, lambda _: None)
    assert process.request({}, lambda _: None) == {}


def test_a_problem_of_the_engine_keeps_its_values(start: Start) -> None:
    answer = {"answer": {"problem": "repair.on_face", "values": {"number": "2"}}}
    process = start(LOOP + f"    print(json.dumps({answer!r}), flush=True)")
    with pytest.raises(Problem) as problem:
        process.request({}, lambda _: None)
    assert (problem.value.key, problem.value.values) == ("repair.on_face", {"number": "2"})


def test_no_secret_reaches_the_process(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGGUAN_SERVER_KEYS", "/secret")
    program = LOOP + "    import os; print(json.dumps({'answer': {'names': sorted(os.environ)}}), flush=True)"
    assert "ZHENGGUAN_SERVER_KEYS" not in start(program).request({}, lambda _: None)["names"]


def run_child(monkeypatch: pytest.MonkeyPatch, *requests: object) -> list[dict[str, object]]:
    answers = io.StringIO()
    monkeypatch.setattr(engine_child, "_take_stdout", lambda: answers)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(one) + "\n" for one in requests)))
    engine_child.main()
    return [json.loads(line)["answer"] for line in answers.getvalue().splitlines()]


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_child, "ENGINE_MODULES", ("no_such_module",))
    answers = run_child(monkeypatch, {"task": "prepare"}, {"task": "upload"})
    assert answers == [{"problem": "retouch_page.engine_missing", "values": {}}] * 2


def test_any_exception_of_the_libraries_becomes_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def run(self, request: object, on_stage: object) -> None:
            raise RuntimeError("native code")

    monkeypatch.setattr(engine_child, "_load_engine", Broken)
    assert run_child(monkeypatch, {}) == [{"problem": "retouch_page.job_failed", "values": {}}]
