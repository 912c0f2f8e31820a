"""Duration of requests: clock time, and processor time of this process, which depends less on other load.

SQLite runs in this process; PostgreSQL's work is included in the clock time only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import connection

RUNS: Final = 20


def measure(name: str, request: Callable[[], object], runs: int = RUNS) -> None:
    """Print p50 and p95 of `runs` requests after a warm-up, and the queries of one; `request` returns whether it
    succeeded."""
    queries: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        queries.append(sql)
        return execute(sql, *arguments)

    request()
    with connection.execute_wrapper(count):
        assert request(), name
    clock, processor = [], []
    for _ in range(runs):
        began, cpu_began = time.perf_counter(), time.process_time()
        assert request(), name
        processor.append(1000 * (time.process_time() - cpu_began))
        clock.append(1000 * (time.perf_counter() - began))
    print(
        f"{name:28} p50 {statistics.median(clock):7.1f} ms   p95 {_p95(clock):7.1f} ms   processor p50"
        f" {statistics.median(processor):6.1f} ms   p95 {_p95(processor):6.1f} ms   {len(queries)} queries",
        flush=True,
    )


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
