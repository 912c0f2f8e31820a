"""The page itself in one language: its HTML, and the texts that its scripts show."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from config.i18n import LANGUAGES, Translations
from kiosk.tools.photo.shots import HEAD_BYTES, MAX_BYTES

_TEMPLATE: Final = Path(__file__).parent / "static" / "page.html"
_PLACEHOLDER: Final = re.compile(r"\{\{'?([a-z_.]+)'?\}\}")
_HTML_LANGUAGES: Final = {"zh_CN": "zh-CN", "en": "en"}
_SCRIPT_TEXTS: Final = (
    "photo_page.adjusted",
    "photo_page.alt_original",
    "photo_page.alt_portrait",
    "photo_page.archive_ready",
    "photo_page.archive_writing",
    "photo_page.crop_making",
    "photo_page.crop_no_choice",
    "photo_page.details",
    "photo_page.duplicates",
    "photo_page.ended",
    "photo_page.lost",
    "photo_page.making",
    "photo_page.no_pictures",
    "photo_page.no_preview",
    "photo_page.progress",
    "photo_page.refused",
    "photo_page.remove",
    "photo_page.remove_all_question",
    "photo_page.right",
    "photo_page.rules_passed",
    "photo_page.save",
    "photo_page.skipped",
    "photo_page.summary",
    "photo_page.too_large",
    "photo_page.unsure",
    "photo_page.upload_failed",
    "photo_page.uploading",
    "photo_page.waiting",
    "photo_page.wrong",
)


@cache
def page_document(tr: Translations) -> bytes:
    """Return the page as HTML in UTF-8."""
    other = next(each for each in LANGUAGES if each != tr.language)
    values = {
        "language": _HTML_LANGUAGES[tr.language],
        "other": other,
        "other_tag": _HTML_LANGUAGES[other],
        "texts": _script_json(tr),
    }

    def fill(match: re.Match[str]) -> str:
        key = match[1]
        return values[key] if key in values else html.escape(tr.translate(key))

    return _PLACEHOLDER.sub(fill, _TEMPLATE.read_text(encoding="utf-8")).encode()


def _script_json(tr: Translations) -> str:
    """Return the texts as JSON without "<", because a script element ends at the first `</script`."""
    texts = {key.partition(".")[2]: tr.translate(key) for key in _SCRIPT_TEXTS}
    content = {"language": tr.language, "max_bytes": MAX_BYTES, "head_bytes": HEAD_BYTES, "texts": texts}
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
