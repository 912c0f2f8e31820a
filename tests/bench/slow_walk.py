"""A walk through the demo with at most RATE analyses per second: `python -m tests.bench.slow_walk RATE [options]`."""

from __future__ import annotations

import sys
import time
from typing import Any

from kiosk.guidance.live import LiveGuidance


def throttle(rate: float) -> None:
    """Let each analysis of a frame take at least 1 / `rate` seconds, as on a slow machine."""
    real = LiveGuidance.analyze

    def analyze_slowly(guide: LiveGuidance, *arguments: Any) -> Any:
        began = time.monotonic()
        advice = real(guide, *arguments)
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))
        return advice

    LiveGuidance.analyze = analyze_slowly  # type: ignore[method-assign]


def main() -> int:
    from kiosk.tools.demo.__main__ import main as demo

    throttle(float(sys.argv[1]))
    return demo(["--walk", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
