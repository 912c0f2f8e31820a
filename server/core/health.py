"""/health: that this server answers, and what a proxy in front of it makes of a request."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """`forwarded`: the client's address came from the trusted proxy (waitress removes the header of anybody else)."""
    return JsonResponse(
        {
            "server": "zhengguan",
            "secure": request.is_secure(),
            "forwarded": "HTTP_X_FORWARDED_FOR" in request.META,
            "client": request.META.get("REMOTE_ADDR", ""),
        }
    )
