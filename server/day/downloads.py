"""Responses that the browser saves as files."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return the response. `name` has ASCII characters only, such as campaign code and date."""
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
