"""Responses of the station API to failures, all in JSON that a station can read."""

from __future__ import annotations

import logging
from functools import partial

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from config.errors import Problem
from kiosk.upload.envelope import Rejection
from server.core.api_errors import ApiError
from server.core.error_handlers import json_error_response
from server.core.storage_errors import storage_api_error

log = logging.getLogger(__name__)


def add_error_handlers(api: NinjaAPI) -> None:
    api.exception_handler(Problem)(partial(_on_configuration_error, api))
    api.exception_handler(ApiError)(_on_api_error)
    api.exception_handler(AuthenticationError)(_on_missing_token)
    api.exception_handler(ValidationError)(_on_malformed)
    api.exception_handler(HttpError)(_on_unreadable)
    api.exception_handler(OSError)(_on_storage_error)
    api.exception_handler(DatabaseError)(_on_storage_error)


def _on_configuration_error(api: NinjaAPI, request: HttpRequest, problem: Problem) -> HttpResponse:
    """Respond with 500 to a configuration error of this server, such as a missing photo standard of a school: no visit
    is rejected for it. The station keeps the visit and retries; the log names what the administrator has to fix."""
    log.error("%s", problem)
    body = Rejection(reason="set_up", zh_CN=problem.in_language("zh_CN"), en=problem.in_language("en"))
    return api.create_response(request, body.model_dump(), status=500)


def _on_api_error(request: HttpRequest, api_error: ApiError) -> HttpResponse:
    return json_error_response(api_error)


def _on_missing_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return json_error_response(ApiError("refused.token"))


def _on_malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(part) for part in first.get("loc", ())) or "-"
    return json_error_response(ApiError("refused.envelope_wrong", where=where, why=first.get("msg", "")))


def _on_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Respond to a body that is not JSON as to JSON that does not fit the schema."""
    return json_error_response(ApiError("refused.envelope_wrong", where="-", why=str(error)))


def _on_storage_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """Respond to a full disk or a locked database; the transaction is rolled back, and the station retries."""
    api_error = storage_api_error(error)
    if api_error is None:
        raise error
    log.warning("%s: %s", api_error.reason, error)
    return json_error_response(api_error)
