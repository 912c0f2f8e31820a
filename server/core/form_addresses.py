"""Addresses that only receive forms, such as /p/<token>/unlock. A browser shows such an address above a form that was
refused, and opens it when the student reloads a restored tab or continues in another browser; a 405 is an empty
page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from server.core.error_handlers import is_station_request

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_WRONG_METHOD: Final = 405


def form_address_middleware(get_response: GetResponse) -> GetResponse:
    """Redirect a browser that opens the address of a form to the page that contains the form."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code != _WRONG_METHOD or not _opens_page(request):
            return response
        page = page_above(request.path_info)
        return redirect(page) if page else response

    return middleware


def page_above(path: str) -> str:
    """Return the nearest address above `path`, with or without a slash at its end; "" if there is none."""
    above = path.rstrip("/").rpartition("/")[0]
    while above:
        for candidate in (above, f"{above}/"):
            try:
                resolve(candidate)
            except Resolver404:
                continue
            return candidate
        above = above.rpartition("/")[0]
    return ""


def _opens_page(request: HttpRequest) -> bool:
    accepts_html = "text/html" in request.headers.get("Accept", "")
    return request.method in ("GET", "HEAD") and accepts_html and not is_station_request(request)
