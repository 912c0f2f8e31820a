"""Interpret a response: from our server, or from a proxy, a firewall or a login page on the way."""

from __future__ import annotations

from typing import Final, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from config.errors import Problem
from kiosk.upload.envelope import Rejection
from kiosk.upload.errors import ServerUnreachable, SubmissionRejected, Unauthorized
from kiosk.upload.http.connection_errors import proxy_of
from kiosk.upload.http.exchange import Request, Response
from kiosk.upload.http.stall_timeout import LOCATION_HEADER

_TOKEN_REASONS: Final = ("token", "revoked")
_REJECTION_FIELDS: Final = frozenset({"reason", "zh_CN", "en"})
_REJECTION_STATUSES: Final = (400, 403, 409, 413, 415, 422)
_RETRIABLE_REASONS: Final = {"version_newer": "upload.server_outdated", "files_missing": "upload.wrong_hash"}
"""Reasons that time or an update resolves: the submission itself is valid."""
_PayloadT = TypeVar("_PayloadT", bound=BaseModel)


def parse_payload(response: Response, kind: type[_PayloadT]) -> _PayloadT:
    """Return the body of a successful response. Raises ServerUnreachable."""
    if not response.is_json:
        raise ServerUnreachable("upload.captive_portal")
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise ServerUnreachable("upload.incomplete_response") from error


def parse_rejection(response: Response) -> Rejection | None:
    """Return our server's rejection; None if the response is something else."""
    try:
        return Rejection.model_validate_json(response.content) if response.is_json else None
    except ValidationError:
        return None


def raise_if_unauthorized(response: Response) -> None:
    """Raise Unauthorized for a rejection in our server's form; a 401 or 403 of a firewall or a login page does not
    concern our token."""
    rejection = parse_rejection(response) if response.status in (401, 403) else None
    if rejection is None:
        return
    of_first_release = response.wire_version is None and response.json_keys() == _REJECTION_FIELDS
    if rejection.reason in _TOKEN_REASONS and (response.wire_version is not None or of_first_release):
        raise Unauthorized("upload.not_paired")
    if of_first_release:  # 86a4649 rejects only tokens with these two
        raise Unauthorized("upload.not_paired")


def raise_if_rejected(response: Response) -> None:
    """Raise SubmissionRejected if our server reports that a person has to look at the submission."""
    rejection = parse_rejection(response)
    if rejection is not None and rejection.reason in _RETRIABLE_REASONS:
        raise ServerUnreachable(_RETRIABLE_REASONS[rejection.reason])
    if rejection is None and response.is_json and response.status in (409, 422):
        problem = Problem("upload.unprocessable", status=response.status)
        rejection = Rejection(reason="not_understood", zh_CN=problem.in_language("zh_CN"), en=problem.in_language("en"))
    if rejection is not None and response.status in _REJECTION_STATUSES:
        raise SubmissionRejected("upload.refused", rejection)


def raise_unreachable(response: Response, request: Request) -> NoReturn:
    """Raise ServerUnreachable for every response that is neither a success nor our server's rejection."""
    status = response.status
    if status in (429, 503):
        raise ServerUnreachable("upload.busy", retry_after=parse_retry_after(response.headers.get("Retry-After", "")))
    if status == 507:
        raise ServerUnreachable("upload.server_full")
    if status == 511:  # Network Authentication Required, RFC 6585
        raise ServerUnreachable("upload.captive_portal")
    if 300 <= status < 400:
        raise _redirected(response, request)
    if status == 407:
        raise ServerUnreachable("upload.proxy_login", proxy=proxy_of(request.url) or "-")
    if status == 408:
        raise ServerUnreachable("upload.timeout")
    if status == 413:
        raise ServerUnreachable("upload.too_large_for_proxy", size=f"{len(request.body or b'') / 1e6:.2g}")
    if status in (401, 403, 451) and parse_rejection(response) is None:
        raise ServerUnreachable("upload.blocked", status=status)
    if status in (502, 504):
        raise ServerUnreachable("upload.gateway", status=status)
    raise ServerUnreachable("upload.server_error" if status >= 500 else "upload.unexpected_response", status=status)


def _redirected(response: Response, request: Request) -> ServerUnreachable:
    """Return the problem of a redirect: one to the same host shows our own address in another form, mostly https."""
    try:
        target, requested = urlsplit(response.headers.get(LOCATION_HEADER, "")), urlsplit(request.url)
        same_host = target.hostname is not None and target.hostname == requested.hostname
        if same_host and (target.scheme, target.port) != (requested.scheme, requested.port):
            return ServerUnreachable("upload.redirected", url=f"{target.scheme}://{target.netloc.rpartition('@')[2]}")
    except ValueError:  # an invalid address
        pass
    return ServerUnreachable("upload.captive_portal")


def parse_retry_after(text: str) -> float | None:
    """Return the seconds in a Retry-After header; None for a date, for which our own backoff is used."""
    return float(text) if text.strip().isdecimal() and len(text) < 10 else None
