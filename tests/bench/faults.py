"""The fault table: the message that the person sees, the time of the recovery, and the stored originals.

`python -m tests.bench.faults [WORD ...]` prints the rows whose device or fault contains one of the words. Each fault
affects a sitter who poses and already has one original. The recovery time is from the end of the cause until live view
is back and the same sitter poses again (a reader: until it reads the next card).
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.fault_devices import DEVICES, Device
from tests.bench.fault_stage import Fault, Row, Stage


@contextmanager
def open_stage(device: Device) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), device)
        try:
            yield stage
        finally:
            stage.close()


def format_row(device: Device, name: str, row: Row) -> str:
    after = f"{row.recovered_after:.1f} s" if row.recovered_after is not None else "never"
    marks = "" if row.is_ok else "  <<<"
    timing = f"{row.reported_after:6.1f} s {after:>9}"
    return f"{device.name:<11} {name:<37} {timing}  {row.preserved:<24} {row.sentence}{marks}"


def play(device: Device, faults: list[Fault[Any]]) -> int:
    """Print a row for each fault and return the number of failures; an exception in one does not stop the rest."""
    failed = 0
    while faults:
        with open_stage(device) as stage:
            for index, fault in enumerate(faults):  # noqa: B007
                try:
                    row = stage.play(fault)
                except AssertionError as error:
                    row = Row(str(error)[:100], 0.0, None, "?", is_ok=False)
                failed += not row.is_ok
                print(format_row(device, fault.name, row), flush=True)
                if row.recovered_after is None:
                    break
        faults = faults[index + 1 :]
    return failed


def select_faults(kind: type[Device], words: list[str]) -> list[Fault[Any]]:
    named = {f"{kind.name} {fault.name}".lower(): fault for fault in kind.faults}
    return [fault for name, fault in named.items() if not words or any(word.lower() in name for word in words)]


def main(words: list[str]) -> int:
    logging.disable(logging.CRITICAL)
    print(f"{'device':<11} {'fault':<37} {'reported':>8} {'recovered':>9}  {'stored':<24} what the person sees")
    failed = 0
    for kind in DEVICES:
        faults = select_faults(kind, words)
        if not faults:
            continue
        try:
            with kind.ready() as device:
                failed += play(device, faults)
        except NotImplementedError as error:
            print(f"{kind.name:<11} {error}")
    print(f"{failed} rows failed" if failed else "every row passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
