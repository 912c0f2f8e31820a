"""Print the figures of this machine, one benchmark after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.machine import machine

BENCHES = {
    "camera": "frames and shots from the camera process",
    "guidance": "frame to hint",
    "photo": "shot to portrait",
    "upload": "scan to name, and the outbox",
    "roster": "20,000 students on the server: import, and a station's download",
    "dslr": "a tethered camera, compared with libgphoto2 alone",
    "webcam": "a webcam from connection to picture",
    "codes": "codes in live frames, and scan to name",
    "remote_proofs": "checks and photos of remote students",
    "visit": "a whole visit without the time of the person",
}


def main() -> int:
    print(machine(), flush=True)
    failed = []
    for benchmark, title in BENCHES.items():
        print(f"\n== {title}", flush=True)
        result = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{benchmark}"], stderr=subprocess.DEVNULL, check=False
        )
        if result.returncode != 0:
            failed.append(benchmark)
            print(f"   failed; see the error with python -m tests.bench.{benchmark}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
