"""The demo, walked with so few analyses per second: `python -m tests.bench.slow_walk RATE [options of the demo]`."""

from __future__ import annotations

import sys
import time
from typing import Any

from kiosk.guidance.live import LiveGuidance


def throttle(rate: float) -> None:
    """From now on the analysis of a frame takes a `rate`-th of a second at least, as on a slow machine."""
    real = LiveGuidance.analyze

    def slowly(guide: LiveGuidance, *given: Any) -> Any:
        began = time.monotonic()
        advice = real(guide, *given)
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))
        return advice

    LiveGuidance.analyze = slowly  # type: ignore[method-assign]


def main() -> int:
    from kiosk.tools.demo.__main__ import main as demo

    throttle(float(sys.argv[1]))
    return demo(["--walk", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
