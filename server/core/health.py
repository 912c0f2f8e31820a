"""/health: shows that the server responds, and how a proxy in front of it changes a request."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Report the request as the server received it. `forwarded`: the client address came from the trusted proxy
    (waitress removes the header of any other client)."""
    return JsonResponse(
        {
            "server": "zhengguan",
            "secure": request.is_secure(),
            "forwarded": "HTTP_X_FORWARDED_FOR" in request.META,
            "client": request.META.get("REMOTE_ADDR", ""),
        }
    )
