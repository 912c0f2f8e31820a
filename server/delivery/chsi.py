"""The package for CHSI: files named by student number, and a list without names and ID numbers.

CHSI publishes no format (教学服〔2022〕10号: schools give the collecting unit no list with names or ID numbers), so
another order of columns is a change of this module alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.errors import Problem
from server.delivery.lists import CHSI_FIELDS
from server.delivery.models import Delivery
from server.delivery.names import duplicate_names, parse_template
from server.submissions.models import Submission

_BY_STUDENT_NO = parse_template("{xh}.jpg", False)
_BY_CANDIDATE_NO = parse_template("{ksh}.jpg", False)


def chsi_rows(source: Delivery) -> list[tuple[Submission, str, dict[str, str]]]:
    """Return the rows of CHSI's package of the portraits of `source`. Raises Problem delivery.duplicates."""
    rows = list(_rows(source))
    duplicates = duplicate_names(name for _, name, _ in rows)
    if duplicates:
        raise Problem("delivery.duplicates", count=len(duplicates))
    return rows


def _rows(source: Delivery) -> Iterator[tuple[Submission, str, dict[str, str]]]:
    """Yield the rows with the values at the time of the delivery; a student without a student number has a candidate
    number."""
    items = source.items.filter(left_out_at=None).select_related("submission").defer("submission__envelope")
    for item in items:
        values = {field: item.row["values"].get(field, "") for field in CHSI_FIELDS}
        template = _BY_STUDENT_NO if values["xh"] else _BY_CANDIDATE_NO
        yield item.submission, template.name_of(values), values
