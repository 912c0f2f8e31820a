"""HTTP requests and responses without sockets, so that the protocols are plain functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

JSON_TYPE: Final = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """`target` is path and query as they were sent; header names are lower case."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OutgoingNotification:
    headers: Mapping[str, str]
    body: bytes


class Cut(Exception):
    """Close the connection without a response."""


class Silent(Exception):
    """Keep the connection open without a response, until the client closes it."""


def json_response(status: int, content: Mapping[str, Any] | list[Any]) -> Response:
    return Response(status, JSON_TYPE, json.dumps(content, ensure_ascii=False, default=str).encode())
