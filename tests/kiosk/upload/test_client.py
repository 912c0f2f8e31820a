"""The client against an HTTP server that responds correctly, wrongly, or not at all."""

from __future__ import annotations

import pickle
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.envelope import Submission, VisitOutcome
from kiosk.upload.errors import PairingRejected, ServerUnreachable, SubmissionRejected, Unauthorized
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.http_double import CODE, TOKEN, Exchange, Handler, ServerDouble
from tests.kiosk.upload.samples import PORTRAIT, REJECTION, SHOT, add_ready, stored_file
from tests.waiting import scale_timeout


@pytest.fixture
def submission(outbox: Outbox) -> Submission:
    add_ready(outbox, shot=stored_file(SHOT), portrait=stored_file(PORTRAIT, "证件照.jpg"))
    item = outbox.lease(60)
    assert item is not None
    return item.submission()


def responds(status: int, body: bytes | dict[str, object], kind: str = "application/json", **headers: str) -> Handler:
    return lambda exchange: exchange.respond(status, body, kind, **headers)


def failure(client: Client, submission: Submission) -> Problem:
    with pytest.raises(Problem) as caught:
        client.submit(submission, SHOT, PORTRAIT)
    return caught.value


def test_a_submission_arrives_whole_and_is_acknowledged(
    client: Client, double: ServerDouble, submission: Submission
) -> None:
    accepted = client.submit(submission, SHOT, PORTRAIT)
    stored, hashes = double.stored[submission.id]
    assert stored == submission.model_copy(update={"version": 1}), "a server without version header gets version 1"
    assert hashes == {"shot": submission.shot.sha256, "portrait": accepted.portrait_sha256}
    assert double.requests == [("POST", "/api/station/v1/submissions", f"Bearer {TOKEN}")]


def test_a_server_of_the_first_release_receives_unconfirmed_as_interrupted(
    client: Client, double: ServerDouble, submission: Submission
) -> None:
    unconfirmed = submission.model_copy(update={"outcome": VisitOutcome.UNCONFIRMED})
    client.submit(unconfirmed, SHOT, PORTRAIT)
    stored, _ = double.stored[submission.id]
    assert (stored.outcome, stored.portrait) == (VisitOutcome.INTERRUPTED, submission.portrait)


def test_a_submission_without_portrait(client: Client, double: ServerDouble, submission: Submission) -> None:
    bare = submission.model_copy(update={"portrait": None})
    assert client.submit(bare, SHOT, None).portrait_sha256 is None
    assert set(double.stored[submission.id][1]) == {"shot"}


def test_a_submission_whose_response_was_lost_is_stored_once(
    client: Client, double: ServerDouble, submission: Submission
) -> None:
    def commit_and_disconnect(exchange: Exchange) -> None:
        exchange.commit()
        exchange.drop_connection()

    double.script = [commit_and_disconnect]
    assert failure(client, submission).key == "upload.unreachable"
    assert list(double.stored) == [submission.id]
    client.submit(submission, SHOT, PORTRAIT)
    assert double.arrivals == [submission.id, submission.id]
    assert list(double.stored) == [submission.id]


def test_a_response_after_the_timeout(double: ServerDouble, session: requests.Session, submission: Submission) -> None:
    release = threading.Event()

    def commit_and_wait(exchange: Exchange) -> None:
        exchange.commit()
        release.wait(scale_timeout(10))
        exchange.drop_connection()

    double.script = [commit_and_wait]
    problem = failure(Client(double.url, TOKEN, session=session, timeouts=(2.0, 0.2)), submission)
    release.set()
    assert isinstance(problem, ServerUnreachable)
    assert (problem.key, problem.is_outage) == ("upload.timeout", False)
    assert list(double.stored) == [submission.id]


REJECTION_BODY = REJECTION.model_dump()
HTML = b"<html>please log in</html>"


@pytest.mark.parametrize(
    ("response", "key", "concerns_all"),
    [
        (responds(503, b"", Retry_After="7"), "upload.busy", True),
        (responds(429, REJECTION_BODY), "upload.busy", True),
        (responds(200, HTML, "text/html"), "upload.captive_portal", True),
        (responds(302, b"", Location="http://login.example/"), "upload.captive_portal", True),
        (responds(511, HTML, "text/html"), "upload.captive_portal", True),
        (responds(200, b'{"id": "'), "upload.incomplete_response", False),
        (responds(200, {"id": "x"}), "upload.incomplete_response", False),
        (responds(200, b'{"id": "', length="400"), "upload.incomplete_response", False),
        (responds(500, b"oops", "text/plain"), "upload.server_error", False),
        (responds(507, REJECTION_BODY), "upload.server_full", False),
        (responds(404, HTML, "text/html"), "upload.unexpected_response", False),
        (responds(422, HTML, "text/html"), "upload.unexpected_response", False),
        (Exchange.drop_connection, "upload.unreachable", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_failures_that_may_be_retried(
    client: Client, double: ServerDouble, submission: Submission, response: Handler, key: str, concerns_all: bool
) -> None:
    double.script = [response]
    problem = failure(client, submission)
    assert isinstance(problem, ServerUnreachable)
    assert (problem.key, problem.is_outage) == (key, concerns_all)
    assert double.script == []
    client.submit(submission, SHOT, PORTRAIT)  # the same client still works


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("Wed, 21 Oct 2026", None)])
def test_the_server_reports_when_to_retry(
    client: Client, double: ServerDouble, submission: Submission, header: str, seconds: float | None
) -> None:
    double.script = [responds(503, b"", Retry_After=header)]
    problem = failure(client, submission)
    assert isinstance(problem, ServerUnreachable)
    assert problem.retry_after == seconds


@pytest.mark.parametrize("wrong", [{"shot_sha256": "0" * 64}, {"portrait_sha256": "0" * 64}, {"portrait_sha256": None}])
def test_other_hashes_are_a_failure(
    client: Client, double: ServerDouble, submission: Submission, wrong: dict[str, object]
) -> None:
    double.script = [lambda exchange: exchange.respond(200, {**exchange.commit(), **wrong})]
    assert failure(client, submission).key == "upload.wrong_hash"


@pytest.mark.parametrize("status", [409, 422, 400, 413, 415])
def test_a_rejection_contains_the_message_of_the_server(
    client: Client, double: ServerDouble, submission: Submission, status: int
) -> None:
    double.script = [responds(status, REJECTION_BODY)]
    problem = failure(client, submission)
    assert isinstance(problem, SubmissionRejected)
    assert problem.rejection == REJECTION
    assert (problem.in_language("zh_CN"), str(problem)) == (REJECTION.zh_CN, REJECTION.en)


def test_a_rejection_without_a_message_has_one_in_both_languages(
    client: Client, double: ServerDouble, submission: Submission
) -> None:
    double.script = [responds(422, {"detail": [{"loc": ["form"], "msg": "Field required"}]})]
    problem = failure(client, submission)
    assert isinstance(problem, SubmissionRejected)
    assert problem.rejection.reason == "not_understood"
    assert problem.rejection.zh_CN != problem.rejection.en


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("call", ["submit", "roster"])
def test_an_unknown_token(client: Client, double: ServerDouble, submission: Submission, status: int, call: str) -> None:
    double.script = [responds(status, REJECTION_BODY)]
    calls: dict[str, Callable[[], object]] = {
        "submit": lambda: client.submit(submission, SHOT, PORTRAIT),
        "roster": client.roster,
    }
    with pytest.raises(Unauthorized):
        calls[call]()


def test_the_token_is_sent_even_if_a_netrc_names_the_host(
    double: ServerDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Client(double.url, TOKEN).roster()
    assert double.requests[-1][2] == f"Bearer {TOKEN}"


def test_no_server_at_all(session: requests.Session, submission: Submission) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        problem = failure(Client(f"http://127.0.0.1:{unused.getsockname()[1]}", TOKEN, session=session), submission)
    assert isinstance(problem, ServerUnreachable)
    assert (problem.key, problem.is_outage) == ("upload.unreachable", True)


@pytest.mark.parametrize("url", ["", "server", "http://", "ftp://server", "http://[", "http://a..b"])
def test_an_invalid_address(url: str, session: requests.Session, submission: Submission) -> None:
    assert failure(Client(url, TOKEN, session=session), submission).key == "upload.bad_address"


def test_pairing(double: ServerDouble, session: requests.Session) -> None:
    pairing = Client.pair(double.url + "/", CODE, "Hall 1", session=session)
    assert (pairing.name, pairing.token) == ("Hall 1", TOKEN)
    assert double.requests == [("POST", "/api/station/v1/pair", "")]


def test_a_wrong_pairing_code_is_reported_with_the_message_of_the_server(
    double: ServerDouble, session: requests.Session
) -> None:
    with pytest.raises(PairingRejected) as caught:
        Client.pair(double.url, "WRONG", "Hall 1", session=session)
    assert caught.value.in_language("zh_CN") == "不认识。"


@pytest.mark.parametrize(
    ("response", "key"),
    [
        (responds(403, b""), "upload.wrong_code"),
        (responds(422, {"detail": []}), "upload.wrong_code"),
        (responds(503, b""), "upload.busy"),
        (responds(200, HTML, "text/html"), "upload.captive_portal"),
        (responds(404, HTML, "text/html"), "upload.unexpected_response"),
    ],
)
def test_pairing_that_fails_otherwise(
    double: ServerDouble, session: requests.Session, response: Handler, key: str
) -> None:
    double.script = [response]
    with pytest.raises(Problem) as caught:
        Client.pair(double.url, CODE, "Hall 1", session=session)
    assert caught.value.key == key


def test_the_roster(client: Client) -> None:
    roster = client.roster()
    assert (roster.campaigns, roster.students) == ((), ())


def test_problems_can_be_pickled(client: Client, double: ServerDouble, submission: Submission) -> None:
    double.script = [responds(409, REJECTION_BODY), responds(503, b"", Retry_After="7")]
    refused, busy = failure(client, submission), failure(client, submission)
    again = pickle.loads(pickle.dumps(refused))
    assert (type(again), again.rejection, str(again)) == (SubmissionRejected, REJECTION, str(refused))
    assert pickle.loads(pickle.dumps(busy)).retry_after == 7.0
