"""Every figure of this machine, one room after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.machine import machine

BENCHES = {
    "camera": "frames and shots out of the camera process",
    "guidance": "frame to hint",
    "photo": "shot to portrait",
    "upload": "scan to name, and the outbox",
    "roster": "20,000 students on the server: import, and what a station fetches",
    "dslr": "a camera on a cable, libgphoto2's own time beside ours",
    "webcam": "a webcam from plug to picture",
    "codes": "codes in live frames, and scan to name",
    "visit": "a whole visit without the person's own time",
}


def main() -> int:
    print(machine(), flush=True)
    failed = []
    for room, title in BENCHES.items():
        print(f"\n== {title}", flush=True)
        ended = subprocess.run([sys.executable, "-m", f"tests.bench.{room}"], stderr=subprocess.DEVNULL, check=False)
        if ended.returncode != 0:
            failed.append(room)
            print(f"   did not run: python -m tests.bench.{room} tells why")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
