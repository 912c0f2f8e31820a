"""A photo arrives over connections that are slow, stall or break, and little is sent twice."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.envelope import Submission
from kiosk.upload.errors import ServerUnreachable, SubmissionRejected
from kiosk.upload.http.chunk_size import MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, ChunkSize
from kiosk.upload.http.exchange import MAX_ROSTER_BYTES
from kiosk.upload.upload_progress import UploadProgress
from tests.bench.upload_lines import visit
from tests.certificates import make_certificate
from tests.kiosk.upload.chunk_server import ChunkExchange, ChunkServer
from tests.kiosk.upload.http_double import TOKEN, ServerDouble
from tests.kiosk.upload.slow_connection import SlowLine

PHOTO = random.Random(1).randbytes(1_500_000)
# The photo takes five seconds, longer than either timeout; the server has four to respond, also on a busy machine.
SLOW_RATE = 300_000
SHORT_TIMEOUTS = (1.0, 4.0)
MESSAGE = {"zh_CN": "x", "en": "x"}


@pytest.fixture
def server() -> Iterator[ChunkServer]:
    with ChunkServer() as running:
        yield running


@pytest.fixture
def submission() -> Submission:
    return visit(PHOTO)


def client_of(
    port: int,
    session: requests.Session,
    timeouts: tuple[float, float] = (10.0, 30.0),
    on_progress: Callable[[UploadProgress | None], None] = lambda progress: None,
    scheme: str = "http",
) -> Client:
    url = f"{scheme}://127.0.0.1:{port}"
    return Client(url, TOKEN, session, timeouts, on_progress=on_progress, sleep=lambda seconds: None)


def test_sending_may_take_longer_than_every_timeout(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    """86a4649 failed if it had not sent the whole body within the timeout to connect."""
    with SlowLine(server.address, rate=SLOW_RATE) as slow:
        began = time.monotonic()
        client_of(slow.port, session, SHORT_TIMEOUTS).submit(submission, PHOTO, None)
        assert time.monotonic() - began > max(SHORT_TIMEOUTS)
        assert slow.bytes_passed < 1.2 * len(PHOTO)


def test_the_timeouts_apply_to_each_block_of_the_first_releases_form_too(
    session: requests.Session, submission: Submission
) -> None:
    with ServerDouble() as old:
        host, port = "127.0.0.1", int(old.url.rpartition(":")[2])
        with SlowLine((host, port), rate=SLOW_RATE) as slow:
            client_of(slow.port, session, SHORT_TIMEOUTS).submit(submission, PHOTO, None)
        assert list(old.stored) == [submission.id]


@pytest.mark.parametrize("tls", [False, True])
def test_breaks_at_random_places(session: requests.Session, submission: Submission, tls: bool, tmp_path: Path) -> None:
    places = sorted(random.Random(5).sample(range(len(PHOTO)), 4))

    def fault(passed: int) -> float | str:
        if places and passed > places[0]:
            places.pop(0)
            return "cut"
        return 0.0

    certificate = make_certificate(tmp_path / "tls.pem") if tls else None
    with ChunkServer(certificate) as behind, SlowLine(behind.address, None, fault) as broken:
        session.verify = str(certificate) if certificate else True
        client_of(broken.port, session, scheme="https" if tls else "http").submit(submission, PHOTO, None)
        assert behind.files[submission.shot.sha256] == PHOTO
        assert broken.cuts == 4
        assert broken.bytes_passed <= 1.2 * len(PHOTO)


def test_a_second_attempt_continues_where_the_first_one_ended(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    cut_for_good = threading.Event()

    def fault(passed: int) -> float | str:
        if passed > len(PHOTO) // 2:
            cut_for_good.set()
        return "cut" if cut_for_good.is_set() else 0.0

    with SlowLine(server.address, None, fault) as broken, pytest.raises(ServerUnreachable):
        client_of(broken.port, session).submit(submission, PHOTO, None)
    before = len(server.files[submission.shot.sha256])
    assert before > len(PHOTO) // 4
    server.requests.clear()
    client_of(server.address[1], session).submit(submission, PHOTO, None)
    assert sum(size for method, size in server.requests if method == "PATCH") == len(PHOTO) - before


def test_progress_is_reported_and_ends(server: ChunkServer, session: requests.Session, submission: Submission) -> None:
    progress: list[UploadProgress | None] = []
    client_of(server.address[1], session, on_progress=progress.append).submit(submission, PHOTO, None)
    sent = [step.sent for step in progress if step is not None]
    assert sent == sorted(sent)
    assert (sent[0], sent[-1], progress[-1]) == (0, len(PHOTO), None)
    assert progress[-2] is not None
    assert progress[-2].rate > 0


def test_a_proxy_that_lets_only_small_pieces_through(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    """nginx allows 1 MB by default; this proxy allows 40 kB."""

    def small_only(exchange: ChunkExchange) -> None:
        server.script.append(small_only)
        if len(exchange.body) > 40_000:
            exchange.respond(413, b"<html>413 Request Entity Too Large</html>", "text/html", own_headers=False)
        else:
            exchange.respond_correctly()

    server.script = [small_only]
    client_of(server.address[1], session).submit(submission, PHOTO, None)
    assert server.files[submission.shot.sha256] == PHOTO


def test_a_proxy_that_lets_nothing_through_is_reported(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    def reject_pieces(exchange: ChunkExchange) -> None:
        server.script.append(reject_pieces)
        if exchange.command == "PATCH":
            exchange.respond(413, b"<html>413</html>", "text/html", own_headers=False)
        else:
            exchange.respond_correctly()

    server.script = [reject_pieces]
    with pytest.raises(ServerUnreachable) as caught:
        client_of(server.address[1], session).submit(submission, PHOTO, None)
    assert caught.value.key == "upload.too_large_for_proxy"
    assert "0.033 MB" in caught.value.in_language("en")


def test_a_file_that_was_damaged_on_the_way_is_sent_again_once(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    server.files[submission.shot.sha256] = b"\0" * 500_000  # a file cut off by a power failure
    client_of(server.address[1], session).submit(submission, PHOTO, None)
    assert server.files[submission.shot.sha256] == PHOTO


def test_sending_to_a_server_that_loses_pieces_ends(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    def lose_files(exchange: ChunkExchange) -> None:
        server.script.append(lose_files)
        exchange.respond_correctly()
        server.files.clear()

    server.script = [lose_files]
    with pytest.raises(ServerUnreachable):
        client_of(server.address[1], session).submit(submission, PHOTO, None)


def test_the_rejection_of_an_envelope_is_raised(
    server: ChunkServer, session: requests.Session, submission: Submission
) -> None:
    def reject(exchange: ChunkExchange) -> None:
        server.script.append(reject)
        if exchange.command == "POST":
            exchange.respond(422, {"reason": "student_unknown", **MESSAGE})
        else:
            exchange.respond_correctly()

    server.script = [reject]
    with pytest.raises(SubmissionRejected):
        client_of(server.address[1], session).submit(submission, PHOTO, None)


# ---- duration and size of a response


@contextlib.contextmanager
def raw_server(respond: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield the port of a server that calls `respond` on every connection once the request has begun."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        try:
            connection.recv(65536)
            respond(connection)
        except OSError:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def send_slowly(connection: socket.socket, begin: bytes, over: threading.Event) -> None:
    connection.sendall(begin)
    while not over.wait(0.05):
        connection.sendall(b" ")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "begin",
    [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", HEAD + b"Content-Length: 100000\r\n\r\n{", HEAD + b"\r\n{"],
    ids=["status", "headers", "body", "body without a length"],
)
@pytest.mark.parametrize("call", ["roster", "submit"])
def test_a_response_that_arrives_byte_by_byte_times_out(
    session: requests.Session, submission: Submission, begin: bytes, call: str
) -> None:
    over = threading.Event()
    with raw_server(lambda connection: send_slowly(connection, begin, over)) as port:
        client = client_of(port, session, (2.0, 0.3))
        calls: dict[str, Callable[[], object]] = {
            "roster": client.roster,
            "submit": lambda: client.submit(submission, PHOTO, None),
        }
        with pytest.raises(ServerUnreachable):
            calls[call]()
        over.set()


def roster_failure(client: Client) -> ServerUnreachable:
    with pytest.raises(ServerUnreachable) as caught:
        client.roster()
    return caught.value


def gzip_bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = b" " * (1 << 20)
    return b"".join([*(packer.compress(zeros) for _ in range(megabytes)), packer.flush()])


@pytest.mark.parametrize(("encoding", "megabytes"), [("gzip", 400), ("x-gzip", 80)])
def test_a_response_that_unpacks_to_more_than_any_roster_is_aborted(
    session: requests.Session, encoding: str, megabytes: int
) -> None:
    bomb = gzip_bomb(megabytes)
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with raw_server(lambda connection: connection.sendall(head + bomb)) as port:
        caught = roster_failure(client_of(port, session))
    assert caught.key == "upload.response_too_large"
    assert caught.values["megabytes"] == f"{MAX_ROSTER_BYTES >> 20}"


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"no gzip"), ("br", b"{}"), ("deflate", b"{}"), ("gzip, gzip", b"{}")]
)
def test_a_response_that_does_not_unpack(session: requests.Session, encoding: str, body: bytes) -> None:
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with raw_server(lambda connection: connection.sendall(head + body)) as port:
        caught = roster_failure(client_of(port, session))
    assert caught.key == "upload.incomplete_response"


def test_a_long_response_to_a_visit_is_not_read_to_its_end(session: requests.Session, submission: Submission) -> None:
    head = HEAD + b"Zhengguan-Wire: 2\r\nUpload-Offset: 0\r\nTransfer-Encoding: chunked\r\n\r\n"

    def endless(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")

    with raw_server(endless) as port, pytest.raises(Problem) as caught:
        client_of(port, session, (2.0, 5.0)).last_four("s1", "123X")
    assert caught.value.key == "upload.response_too_large"


# ---- the size of a piece


def test_pieces_take_three_seconds_and_are_smaller_on_a_connection_that_breaks() -> None:
    pieces = ChunkSize(100_000_000)
    for _ in range(12):
        pieces.on_delivered(pieces.next_size(), 0.01)
    assert pieces.next_size() == MAX_CHUNK_BYTES
    pieces.on_delivered(MAX_CHUNK_BYTES, 40.0)
    assert pieces.next_size() == int(MAX_CHUNK_BYTES / 40 * 3)
    for _ in range(20):
        pieces.on_failed(pieces.next_size())
    assert pieces.next_size() == MIN_CHUNK_BYTES


def test_a_piece_is_at_most_a_sixteenth_of_the_file() -> None:
    pieces = ChunkSize(8_000_000)
    for _ in range(12):
        pieces.on_delivered(pieces.next_size(), 0.001)
    assert pieces.next_size() == 500_000
