"""Headers of every response of the station API: the wire version that the server can read, and its time."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from kiosk.upload.envelope import TIME_HEADER, VERSION, VERSION_HEADER
from server.core.api_errors import ApiError
from server.core.error_handlers import is_station_request, json_error_response


def wire_headers_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add the headers, also to responses that no view created: a station recognises its own server by them and measures
    its clock's error."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if is_station_request(request):
            response = _as_json_rejection(request, response)
            response.headers[VERSION_HEADER] = str(VERSION)
            response.headers[TIME_HEADER] = timezone.now().isoformat(timespec="milliseconds")
            if request.method == "HEAD" and isinstance(response, HttpResponse):
                response.content = b""  # waitress would send it, and the station would read it as the next response
                response.headers["Content-Length"] = "0"
        return response

    return middleware


def _as_json_rejection(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace Ninja's own response to an unsupported method by one in JSON, which stations read."""
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return response
    refused = json_error_response(ApiError("refused.wrong_method", method=str(request.method)[:20]))
    refused.headers["Allow"] = response.headers.get("Allow", "")
    return refused
