"""Half-sent requests and large bodies against a running server: waiting time of a new visitor, bytes written to disk.

python -m tests.bench.http_attack [--connections 110] [--seconds 60]
"""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests

from kiosk.tools.demo.server import DemoServer, start_server

PARTIAL_REQUEST = b"POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000\r\n\r\n"
LARGE_BODY_BYTES = 110_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=110)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(Path(folder), port=0)
        try:
            send_partial_requests(server, arguments.connections, arguments.seconds)
            send_large_bodies(server)
        finally:
            server.stop()


def send_partial_requests(server: DemoServer, connections: int, seconds: float) -> None:
    waits = []
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(address_of(server), 20)) for _ in range(connections)]
        for one in sockets:
            one.sendall(PARTIAL_REQUEST)
        due, next_byte = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < due:
            waits.append(time_request(server))
            if time.monotonic() > next_byte:
                next_byte += 15
                for one in sockets:
                    with suppress(OSError):
                        one.send(b"x")
            time.sleep(0.2)
    waits.sort()
    middle, longest = waits[len(waits) // 2], waits[-1]
    print(
        f"{connections} half-sent requests, {seconds:.0f} s: {len(waits)} new visitors waited "
        f"{middle * 1000:.0f} ms (median), {longest * 1000:.0f} ms (longest); load {os.getloadavg()[0]:.1f}"
    )


def send_large_bodies(server: DemoServer) -> None:
    sent, most = [0] * 5, [0]

    def send(number: int) -> None:
        with socket.create_connection(address_of(server), 20) as one, suppress(OSError):
            path = ("/nothing", "/api/station/v1/submissions")[number % 2]
            one.sendall(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {LARGE_BODY_BYTES}\r\n\r\n".encode()
            )
            while sent[number] < LARGE_BODY_BYTES:
                sent[number] += one.send(b"x" * 65536)
                most[0] = max(most[0], disk_usage(server))

    before = disk_usage(server)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    waited = time_request(server)
    for thread in threads:
        thread.join()
    print(
        f"5 x {LARGE_BODY_BYTES // 1_000_000} MB without a token: cut after "
        f"{', '.join(f'{n / 1e6:.1f}' for n in sent)} MB, "
        f"at most {max(0, most[0] - before) / 1e6:.1f} MB on disk; a visitor meanwhile waited {waited * 1000:.0f} ms"
    )


def address_of(server: DemoServer) -> tuple[str, int]:
    parts = urlsplit(server.url)
    return str(parts.hostname), int(parts.port or 80)


def time_request(server: DemoServer) -> float:
    began = time.monotonic()
    assert requests.get(f"{server.url}/signin", timeout=60).status_code == 200
    return time.monotonic() - began


def disk_usage(server: DemoServer) -> int:
    """Return the bytes of the files that the server has open, including those without a name."""
    total = 0
    for entry in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with suppress(OSError):
            if "sqlite" not in str(entry.readlink()) and str(entry.readlink()).startswith("/"):
                total += entry.stat().st_size
    return total


if __name__ == "__main__":
    main()
