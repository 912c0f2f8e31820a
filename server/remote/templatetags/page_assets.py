"""{% page_asset "guide.js" %}: the address of a built file; {% prefetch_guidance %}: what the camera's page needs."""

from __future__ import annotations

import json

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from server.remote.guide_document import prefetch_urls
from server.remote.page_assets import asset_path

register = template.Library()


@register.simple_tag
def page_asset(name: str) -> str:
    """Return the address of a built file of the page; "" if the page was not built."""
    path = asset_path(name)
    return static(path) if path else ""


@register.simple_tag
def prefetch_guidance() -> SafeString:
    """Return the element by which upload.js loads the files of live guidance in advance; it needs
    `{% page_asset "upload.js" %}` as a module on the same page."""
    return format_html('<div id="prefetch" hidden data-urls="{}"></div>', json.dumps(prefetch_urls()))
