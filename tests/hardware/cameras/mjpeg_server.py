"""A network camera: Motion-JPEG over HTTP, in a separate process. `python -m tests.hardware.cameras.mjpeg_server`;
width and height may follow.

Prints its port, then executes commands from stdin: freeze (stays connected, sends nothing more), unplug (closes every
connection and accepts no new one), plug (accepts connections again, on the same port), cut (truncates every second
picture), whole (sends complete pictures again). Prints "ok" after each.
"""

from __future__ import annotations

import io
import socket
import sys
import threading

from PIL import Image, ImageOps

from tests.hardware.cameras.supervised_camera import jpeg

FRAMES_PER_SECOND = 30.0
SIZE = (640, 360)


class MjpegServer:
    """Serves a picture and its mirror image in turn: a frozen picture differs from a live one, at equal brightness."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self._pictures = [jpeg(*size), mirrored(jpeg(*size))]
        self._frozen, self._cut = threading.Event(), threading.Event()
        self._clients: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = 0

    def plug(self) -> None:
        self._frozen.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def unplug(self) -> None:
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)  # before close, or one more client could connect
        self._listener.close()
        while self._clients:
            client = self._clients.pop()
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already
            finally:
                client.close()

    def freeze(self) -> None:
        self._frozen.set()

    def cut(self) -> None:
        self._cut.set()

    def whole(self) -> None:
        self._cut.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        pace = threading.Event()
        try:
            client.recv(65536)
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next\r\n\r\n")
            number = 0
            while not self._frozen.is_set():
                picture = self._pictures[number % 2]
                picture = picture[: len(picture) // 2] if self._cut.is_set() and number % 2 else picture
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                client.sendall(head.encode() + picture + b"\r\n")
                number += 1
                pace.wait(1 / FRAMES_PER_SECOND)
        except OSError:
            return  # the client has disconnected


def mirrored(picture: bytes) -> bytes:
    file = io.BytesIO()
    ImageOps.mirror(Image.open(io.BytesIO(picture))).save(file, "JPEG", quality=92)
    return file.getvalue()


def main() -> None:
    server = MjpegServer((int(sys.argv[1]), int(sys.argv[2])) if sys.argv[1:] else SIZE)
    server.plug()
    commands = {
        "plug": server.plug,
        "unplug": server.unplug,
        "freeze": server.freeze,
        "cut": server.cut,
        "whole": server.whole,
    }
    print(server.port, flush=True)  # noqa: T201
    for word in sys.stdin:
        commands[word.strip()]()
        print("ok", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
