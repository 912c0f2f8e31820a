"""One form of JSON for everything that is signed or hashed: the same values are always the same bytes."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return JSON in UTF-8 with sorted keys and without blanks. Raises ValueError for NaN, and for text that is not
    valid Unicode.

    >>> canonical_json({"b": "冠", "a": [1, 2]}).decode()
    '{"a":[1,2],"b":"冠"}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
