"""The back of a resident identity card, with the national emblem, the issuing authority and the validity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from config.document_reader.ocr import TextRow

_LABELS: Final = ("签发机关", "有效期限", "居民身份证", "中华人民共和国")
_VALIDITY: Final = re.compile(
    r"(?:19|20)\d\d[.．·,]?\d\d[.．·,]?\d\d[-—–至~]+(?:(?:19|20)\d\d[.．·,]?\d\d[.．·,]?\d\d|长期)"
)


def is_card_back(rows: Sequence[TextRow]) -> bool:
    """Return whether the text is that of the back: its validity, or two of its labels. The front has none of them."""
    texts = [row.text.replace(" ", "") for row in rows]
    if any(_VALIDITY.search(text) for text in texts):
        return True
    return sum(any(label in text for text in texts) for label in _LABELS) >= 2
