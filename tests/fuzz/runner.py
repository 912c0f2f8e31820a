"""Runs one target on damaged seeds until a number of inputs, or a time, has passed."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from tests.fuzz.mutator import mutated
from tests.fuzz.targets import Target


@dataclass(frozen=True)
class Run:
    """The number of inputs, of those refused with an allowed error, and the longest time of one input in seconds."""

    inputs: int
    refused: int
    longest: float


class UnexpectedError(AssertionError):
    """A parser raised an error that is not allowed; `data` is its input."""

    def __init__(self, target: Target, data: bytes, error: BaseException) -> None:
        shown = data if len(data) <= 200 else data[:200] + b"..."
        super().__init__(f"{target.name}: {type(error).__name__}: {error}; input of {len(data)} bytes {shown!r}")
        self.data = data

    def store(self, folder: Path) -> Path:
        """Write the input to a file named by its hash."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / sha256(self.data).hexdigest()[:16]
        path.write_bytes(self.data)
        return path


def fuzz(target: Target, seed: int, inputs: int | None = None, seconds: float | None = None) -> Run:
    """Run the target on its seeds, then on damaged ones; raise UnexpectedError."""
    chance, seeds = Random(f"{target.name} {seed}"), target.seeds()
    until = None if seconds is None else time.monotonic() + seconds
    done, refused, longest = 0, 0, 0.0
    while (inputs is None or done < inputs) and (until is None or time.monotonic() < until):
        data = seeds[done] if done < len(seeds) else mutated(seeds, chance)
        began = time.monotonic()
        refused += not _is_accepted(target, data)
        longest = max(longest, time.monotonic() - began)
        done += 1
    return Run(done, refused, longest)


def _is_accepted(target: Target, data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            target.run(data)
        except target.allowed:
            return False
        except Exception as error:
            raise UnexpectedError(target, data, error) from error
    return True
