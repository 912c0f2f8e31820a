"""The station's side of the wire: pair, fetch the roster, hand in a submission; every way it can fail is told apart."""

from __future__ import annotations

from typing import Final, NoReturn, TypeVar

import requests
from pydantic import BaseModel, ValidationError

from config.problem import Problem
from config.words import FALLBACK
from kiosk.upload.envelope import Accepted, Pairing, Refused, Roster, Submission

API: Final = "/api/station/v1"
TIMEOUTS: Final = (5.0, 60.0)
"""Seconds to reach the server, and seconds between two bytes of its answer."""
_FOR_ALL: Final = frozenset(
    {"upload.unreachable", "upload.untrusted", "upload.busy", "upload.captive_portal", "upload.bad_address"}
)
_NOT_UNDERSTOOD: Final = (400, 413, 415)
_Wire = TypeVar("_Wire", bound=BaseModel)


class ServerUnreachable(Problem):
    """Nothing came of it this time, and trying again later may help. Keys: `upload.<reason>`."""

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asked us to wait."""
        value = self.values.get("retry_after")
        return float(value) if isinstance(value, int | float) else None

    @property
    def concerns_all(self) -> bool:
        """Whether the next submission would meet the same: the line is down, not this one submission at fault."""
        return self.key in _FOR_ALL


class NotPaired(Problem):
    """The server does not know this station's token, or no longer."""


class SaidNo(Problem):
    """The server's own sentence, in its own words."""

    def __init__(self, key: str, refused: Refused) -> None:
        super().__init__(key, refused=refused)
        self.refused = refused

    def in_words(self, language: str = FALLBACK) -> str:
        return self.refused.zh_CN if language == "zh_CN" else self.refused.en

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key, self.refused)


class SubmissionRefused(SaidNo):
    """A person has to look at this submission; sending it again as it is will not help."""


class PairingRefused(SaidNo):
    """The one-time code was not taken."""


class _Bearer(requests.auth.AuthBase):
    """As `auth`, because a plain header would be replaced by whatever a ~/.netrc says."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """`url` is the server's address without a path; `timeouts` are (connect, answer) in seconds."""

    def __init__(
        self,
        url: str,
        token: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._base = _base(url)
        self._auth = _Bearer(token)
        self._session = session or requests.Session()
        self._timeouts = timeouts

    @staticmethod
    def pair(
        url: str,
        code: str,
        name: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> Pairing:
        """Enrols this station. Raises PairingRefused, ServerUnreachable, or Problem (upload.wrong_code)."""
        url = f"{_base(url)}/pair"
        with session or requests.Session() as line:
            answer = _exchange(line, "POST", url, timeouts, json={"code": code, "name": name})
        if _taken(answer):
            return _read(answer, Pairing)
        refused = _refused(answer)
        if refused is not None:
            raise PairingRefused("upload.wrong_code", refused)
        if answer.status_code in (401, 403, 409, 410, 422):
            raise Problem("upload.wrong_code")
        _raise_unreachable(answer)

    def roster(self) -> Roster:
        """The expected students. Raises NotPaired, ServerUnreachable."""
        answer = _exchange(self._session, "GET", f"{self._base}/roster", self._timeouts, auth=self._auth)
        _check_token(answer)
        if _taken(answer):
            return _read(answer, Roster)
        _raise_unreachable(answer)

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Accepted:
        """Hands in one visit; may be called again with the same submission after any failure.

        Raises SubmissionRefused, NotPaired, ServerUnreachable; the latter also where the server stored other bytes.
        """
        files = {"shot": (submission.shot.name, shot, "application/octet-stream")}
        if submission.portrait is not None and portrait is not None:
            files["portrait"] = (submission.portrait.name, portrait, "image/jpeg")
        answer = _exchange(
            self._session,
            "POST",
            f"{self._base}/submissions",
            self._timeouts,
            auth=self._auth,
            data={"envelope": submission.model_dump_json()},
            files=files,
        )
        _check_token(answer)
        if _taken(answer):
            return _stored(submission, _read(answer, Accepted))
        _raise_if_refused(answer)
        _raise_unreachable(answer)


def _base(url: str) -> str:
    return url.strip().rstrip("/") + API


def _exchange(
    line: requests.Session, method: str, url: str, timeouts: tuple[float, float], **rest: object
) -> requests.Response:
    # No redirect is followed: our server sends none, and a hotel's or campus's login page does.
    try:
        return line.request(method, url, timeout=timeouts, allow_redirects=False, **rest)  # type: ignore[arg-type]
    except requests.exceptions.SSLError as error:
        raise ServerUnreachable("upload.untrusted") from error
    except requests.exceptions.ConnectTimeout as error:
        raise ServerUnreachable("upload.unreachable") from error
    except requests.exceptions.Timeout as error:
        raise ServerUnreachable("upload.timeout") from error
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
        raise ServerUnreachable("upload.garbled_answer") from error
    except requests.exceptions.ConnectionError as error:
        raise ServerUnreachable("upload.unreachable") from error
    except (requests.exceptions.RequestException, ValueError) as error:  # no address, or none of the kind
        raise ServerUnreachable("upload.bad_address", url=url) from error


def _taken(answer: requests.Response) -> bool:
    return 200 <= answer.status_code < 300


def _read(answer: requests.Response, kind: type[_Wire]) -> _Wire:
    if not _is_json(answer):
        raise ServerUnreachable("upload.captive_portal")
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise ServerUnreachable("upload.garbled_answer") from error


def _is_json(answer: requests.Response) -> bool:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().endswith("json")


def _refused(answer: requests.Response) -> Refused | None:
    try:
        return Refused.model_validate_json(answer.content)
    except ValidationError:
        return None


def _stored(submission: Submission, accepted: Accepted) -> Accepted:
    if not accepted.confirms(submission):
        raise ServerUnreachable("upload.wrong_hash")
    return accepted


def _check_token(answer: requests.Response) -> None:
    if answer.status_code in (401, 403):
        raise NotPaired("upload.not_paired")


def _raise_if_refused(answer: requests.Response) -> None:
    """409 and 422 always are for a person; other complaints about the request are where the server says why."""
    refused = _refused(answer)
    if answer.status_code in (409, 422) and refused is None and _is_json(answer):
        unsaid = Problem("upload.not_understood", status=answer.status_code)
        refused = Refused(reason="not_understood", zh_CN=unsaid.in_words("zh_CN"), en=unsaid.in_words("en"))
    if refused is not None and answer.status_code in (409, 422, *_NOT_UNDERSTOOD):
        raise SubmissionRefused("upload.refused", refused)


def _raise_unreachable(answer: requests.Response) -> NoReturn:
    status = answer.status_code
    if status in (429, 503):
        raise ServerUnreachable("upload.busy", retry_after=_seconds(answer.headers.get("Retry-After", "")))
    if status == 507:
        raise ServerUnreachable("upload.server_full")
    if 300 <= status < 400 or status == 511:  # 511 Network Authentication Required, RFC 6585
        raise ServerUnreachable("upload.captive_portal")
    raise ServerUnreachable("upload.server_trouble" if status >= 500 else "upload.unexpected", status=status)


def _seconds(text: str) -> float | None:
    """Retry-After in its form of seconds; of its form as a date our own backoff is good enough."""
    return float(text) if text.strip().isdecimal() else None
