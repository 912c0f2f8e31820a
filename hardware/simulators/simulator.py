"""The base class of simulated devices, which run between `start` and `stop`, or within a `with` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Simulator(ABC):
    @abstractmethod
    def start(self) -> Self:
        """Start the device and return it."""

    @abstractmethod
    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
