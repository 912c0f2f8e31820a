"""A photo over lines that are slow, that stall and that break: it arrives, and little is sent twice."""

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
# The photo takes five seconds, longer than either time-out; the server has four to answer, also on a busy machine.
SLOW_RATE = 300_000
SHORT_TIMEOUTS = (1.0, 4.0)
NO_WORDS = {"zh_CN": "x", "en": "x"}


@pytest.fixture
def server() -> Iterator[ChunkServer]:
    with ChunkServer() as running:
        yield running


@pytest.fixture
def submission() -> Submission:
    return visit(PHOTO)


def client_of(
    port: int,
    line: requests.Session,
    timeouts: tuple[float, float] = (10.0, 30.0),
    on_progress: Callable[[UploadProgress | None], None] = lambda progress: None,
    scheme: str = "http",
) -> Client:
    url = f"{scheme}://127.0.0.1:{port}"
    return Client(url, TOKEN, line, timeouts, on_progress=on_progress, sleep=lambda seconds: None)


def test_sending_may_take_longer_than_every_time_out(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    """86a4649 gave up when the whole body had not left after the time-out to connect."""
    with SlowLine(server.address, rate=SLOW_RATE) as slow:
        began = time.monotonic()
        client_of(slow.port, line, SHORT_TIMEOUTS).submit(submission, PHOTO, None)
        assert time.monotonic() - began > max(SHORT_TIMEOUTS)
        assert slow.bytes_passed < 1.2 * len(PHOTO)


def test_the_one_form_of_the_first_release_is_limited_by_blocks_too(
    line: requests.Session, submission: Submission
) -> None:
    with ServerDouble() as old:
        host, port = "127.0.0.1", int(old.url.rpartition(":")[2])
        with SlowLine((host, port), rate=SLOW_RATE) as slow:
            client_of(slow.port, line, SHORT_TIMEOUTS).submit(submission, PHOTO, None)
        assert list(old.stored) == [submission.id]


@pytest.mark.parametrize("tls", [False, True])
def test_breaks_at_random_places(
    server: ChunkServer, line: requests.Session, submission: Submission, tls: bool, tmp_path: Path
) -> None:
    places = sorted(random.Random(5).sample(range(len(PHOTO)), 4))

    def fault(passed: int) -> float | str:
        if places and passed > places[0]:
            places.pop(0)
            return "cut"
        return 0.0

    certificate = make_certificate(tmp_path / "tls.pem") if tls else None
    with ChunkServer(certificate) as behind, SlowLine(behind.address, None, fault) as broken:
        line.verify = str(certificate) if certificate else True
        client_of(broken.port, line, scheme="https" if tls else "http").submit(submission, PHOTO, None)
        assert behind.files[submission.shot.sha256] == PHOTO
        assert broken.cuts == 4
        assert broken.bytes_passed <= 1.2 * len(PHOTO)


def test_a_second_attempt_continues_where_the_first_one_ended(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    cut_for_good = threading.Event()

    def fault(passed: int) -> float | str:
        if passed > len(PHOTO) // 2:
            cut_for_good.set()
        return "cut" if cut_for_good.is_set() else 0.0

    with SlowLine(server.address, None, fault) as broken, pytest.raises(ServerUnreachable):
        client_of(broken.port, line).submit(submission, PHOTO, None)
    before = len(server.files[submission.shot.sha256])
    assert before > len(PHOTO) // 4
    server.requests.clear()
    client_of(server.address[1], line).submit(submission, PHOTO, None)
    assert sum(size for method, size in server.requests if method == "PATCH") == len(PHOTO) - before


def test_progress_is_reported_and_ends(server: ChunkServer, line: requests.Session, submission: Submission) -> None:
    seen: list[UploadProgress | None] = []
    client_of(server.address[1], line, on_progress=seen.append).submit(submission, PHOTO, None)
    sent = [step.sent for step in seen if step is not None]
    assert sent == sorted(sent)
    assert (sent[0], sent[-1], seen[-1]) == (0, len(PHOTO), None)
    assert seen[-2] is not None
    assert seen[-2].rate > 0


def test_a_proxy_that_lets_only_small_pieces_through(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    """nginx allows 1 MB by default; this one 40 kB."""

    def small_only(exchange: ChunkExchange) -> None:
        server.script.append(small_only)
        if len(exchange.body) > 40_000:
            exchange.respond(413, b"<html>413 Request Entity Too Large</html>", "text/html", ours=False)
        else:
            exchange.respond_correctly()

    server.script = [small_only]
    client_of(server.address[1], line).submit(submission, PHOTO, None)
    assert server.files[submission.shot.sha256] == PHOTO


def test_a_proxy_that_lets_nothing_through_is_named(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    def nothing(exchange: ChunkExchange) -> None:
        server.script.append(nothing)
        if exchange.command == "PATCH":
            exchange.respond(413, b"<html>413</html>", "text/html", ours=False)
        else:
            exchange.respond_correctly()

    server.script = [nothing]
    with pytest.raises(ServerUnreachable) as caught:
        client_of(server.address[1], line).submit(submission, PHOTO, None)
    assert caught.value.key == "upload.too_large_for_proxy"
    assert "0.033 MB" in caught.value.in_language("en")


def test_a_file_that_was_damaged_on_the_way_is_sent_again_once(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    server.files[submission.shot.sha256] = b"\0" * 500_000  # what a power cut left
    client_of(server.address[1], line).submit(submission, PHOTO, None)
    assert server.files[submission.shot.sha256] == PHOTO


def test_a_server_that_loses_pieces_does_not_keep_the_line_busy_forever(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    def forgetful(exchange: ChunkExchange) -> None:
        server.script.append(forgetful)
        exchange.respond_correctly()
        server.files.clear()

    server.script = [forgetful]
    with pytest.raises(ServerUnreachable):
        client_of(server.address[1], line).submit(submission, PHOTO, None)


def test_the_envelope_is_refused_in_the_servers_words(
    server: ChunkServer, line: requests.Session, submission: Submission
) -> None:
    def refuses(exchange: ChunkExchange) -> None:
        server.script.append(refuses)
        if exchange.command == "POST":
            exchange.respond(422, {"reason": "student_unknown", **NO_WORDS})
        else:
            exchange.respond_correctly()

    server.script = [refuses]
    with pytest.raises(SubmissionRejected):
        client_of(server.address[1], line).submit(submission, PHOTO, None)


# ---- the answer's time and size


@contextlib.contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Its port. Every connection gets this answer, after its request's head."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(line,), daemon=True).start()

    def one(line: socket.socket) -> None:
        try:
            line.recv(65536)
            answer(line)
        except OSError:
            pass
        finally:
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def send_slowly(line: socket.socket, begin: bytes, over: threading.Event) -> None:
    line.sendall(begin)
    while not over.wait(0.05):
        line.sendall(b" ")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "begin",
    [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", HEAD + b"Content-Length: 100000\r\n\r\n{", HEAD + b"\r\n{"],
    ids=["status", "headers", "body", "body of no length"],
)
@pytest.mark.parametrize("call", ["roster", "submit"])
def test_an_answer_in_drips_ends(line: requests.Session, submission: Submission, begin: bytes, call: str) -> None:
    over = threading.Event()
    with raw_server(lambda connection: send_slowly(connection, begin, over)) as port:
        client = client_of(port, line, (2.0, 0.3))
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
def test_an_answer_that_unpacks_to_more_than_any_roster_ends_early(
    line: requests.Session, encoding: str, megabytes: int
) -> None:
    bomb = gzip_bomb(megabytes)
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with raw_server(lambda connection: connection.sendall(head + bomb)) as port:
        caught = roster_failure(client_of(port, line))
    assert caught.key == "upload.response_too_large"
    assert caught.values["megabytes"] == f"{MAX_ROSTER_BYTES >> 20}"


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"no gzip"), ("br", b"{}"), ("deflate", b"{}"), ("gzip, gzip", b"{}")]
)
def test_an_answer_that_does_not_unpack(line: requests.Session, encoding: str, body: bytes) -> None:
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with raw_server(lambda connection: connection.sendall(head + body)) as port:
        caught = roster_failure(client_of(port, line))
    assert caught.key == "upload.incomplete_response"


def test_a_long_answer_to_a_visit_is_not_read_to_its_end(line: requests.Session, submission: Submission) -> None:
    head = HEAD + b"Zhengguan-Wire: 2\r\nUpload-Offset: 0\r\nTransfer-Encoding: chunked\r\n\r\n"

    def endless(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")

    with raw_server(endless) as port, pytest.raises(Problem) as caught:
        client_of(port, line, (2.0, 5.0)).last_four("s1", "123X")
    assert caught.value.key == "upload.response_too_large"


# ---- the size of a piece


def test_pieces_are_three_seconds_long_and_smaller_on_a_line_that_breaks() -> None:
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
