"""The headers of the one page that uses the camera: what its script needs beyond the policy of all pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http.response import HttpResponseBase

from server.core.middleware import CONTENT_SECURITY_POLICY

CAMERA_POLICY: Final = (
    CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'").replace(
        "img-src 'self' data:", "img-src 'self' data: blob:"
    )
    + "; worker-src 'self'; media-src 'self' blob:"
)
"""WebAssembly may be compiled, a worker of this server may run, and the photo just taken may be shown."""
CAMERA_PERMISSIONS: Final = "camera=(self), microphone=(), geolocation=()"

View = Callable[..., HttpResponseBase]


def camera_page(view: View) -> View:
    """Let the page of `view` use the camera and WebAssembly."""

    @wraps(view)
    def with_headers(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = CAMERA_POLICY
        response.headers["Permissions-Policy"] = CAMERA_PERMISSIONS
        return response

    return with_headers
