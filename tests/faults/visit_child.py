"""One visit through the real station, without screens, that ends itself by SIGKILL at a named step.

    python -m tests.faults.visit_child FOLDER CARD_NUMBER STEP PICTURES

The camera is a folder with one picture, read through the real camera process; an advice without findings replaces the
sitter's pose. With STEP "never" the visit is completed, and everything that waits is sent.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from kiosk.station.station import Station
from tests.kiosk.visit.visitor import visitor_at

# The steps after which the process can be killed, in the order of a visit.
STEPS = (
    "shot came",
    "visit begun",
    "original on disk",
    "portrait attached",
    "accepted",
    "leased",
    "server answered",
    "sent",
)


def kill_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after(owner: object, method: str) -> None:
    """Kill the process after `owner.method` has returned."""
    original: Callable[..., Any] = getattr(owner, method)

    def call_and_kill(*arguments: Any, **keywords: Any) -> Any:
        result = original(*arguments, **keywords)
        if result is not None or method != "lease":  # no item was leased: not the step
            kill_process()
        return result

    setattr(owner, method, call_and_kill)


def kill_at(station: Station, step: str) -> None:
    """Prepare the station to be killed at `step`."""
    worker = cast(Any, station.server.worker)
    methods: dict[str, tuple[object, str]] = {
        "visit begun": (station.outbox, "create"),
        "original on disk": (station.originals, "write"),
        "portrait attached": (station.outbox, "record_result"),
        "accepted": (station.outbox, "mark_ready"),
        "leased": (station.outbox, "lease"),
        "server answered": (worker._client, "submit"),
        "sent": (station.outbox, "mark_sent"),
    }
    if step == "shot came":  # nothing is stored yet: the shot exists in memory only
        cast(Any, station.controller)._parts.capture._on_shot = lambda *_: kill_process()
    elif step != "never":
        kill_after(*methods[step])


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder, number, step, pictures = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    with visitor_at(folder, f"folder:{pictures}") as visitor:
        visitor.wait_until_sent()
        kill_at(visitor.station, step)
        visitor.visit(number)
        visitor.wait_until_sent()
    return 0


if __name__ == "__main__":
    sys.exit(main())
