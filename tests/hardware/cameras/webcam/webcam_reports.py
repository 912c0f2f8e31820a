"""Reports of opened webcams, for a process with a preloaded fake device.

`python -m tests.hardware.cameras.webcam.webcam_reports` reads requests and writes responses, one line of JSON each. A
request is [SPEC, WORD, ...]: the word "shoot" takes a shot too, key=value is a setting, the spec "list" lists the
devices.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from typing import Any

from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import WebcamCamera, WebcamSettings
from hardware.cameras.webcam.devices import video_devices


def run_commands(source: str, words: list[str]) -> dict[str, Any]:
    changed = {key: int(value) for key, _, value in (word.partition("=") for word in words) if value}
    camera = WebcamCamera(
        source, settings=WebcamSettings.read().model_copy(update={"max_warmup": 1.0, "min_warmup": 0.0, **changed})
    )
    try:
        info = camera.open()
        warnings = [warning for health in camera.poll_events() for warning in health.warnings]
        report = {**asdict(info), "warnings": warnings, "brightness": float(camera.frame().mean())}
        if "shoot" in words:
            report["shot"] = hashlib.sha256(camera.shoot().data).hexdigest()
    except CameraProblem as problem:
        return {"problem": problem.reason}
    finally:
        camera.close()
    return report


def main() -> None:
    for line in sys.stdin:
        spec, *words = json.loads(line)
        if spec == "list":
            response: Any = [asdict(device) for device in video_devices()]
        else:
            response = run_commands(spec.removeprefix("webcam").removeprefix(":"), words)
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
