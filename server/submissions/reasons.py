"""Reasons of a decision: a code, a comment for the student, and a place in the portrait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.conf import settings

from server.core.api_errors import ApiError

FREE_TEXT_REASON: Final = "other"
MAX_COMMENT_LENGTH: Final = 500
MAX_REASONS: Final = 10


@dataclass(frozen=True)
class Mark:
    """A rectangle in the portrait, as shares of its width and height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def percent(self) -> dict[str, str]:
        """The rectangle as attributes of an SVG element that covers the portrait."""
        return {name: f"{100 * getattr(self, name):.2f}%" for name in "xywh"}


@dataclass(frozen=True)
class GivenReason:
    """One reason of a decision. `code` is one of server.toml; `other` needs a comment."""

    code: str
    comment: str = ""
    mark: Mark | None = None


class HasComment(Protocol):
    """A given reason, or the row of a stored one."""

    @property
    def comment(self) -> str: ...


def remark_of(reasons: Sequence[HasComment]) -> str:
    """Return the first comment of a decision's reasons: a reviewer writes one remark for all of them."""
    return next((reason.comment for reason in reasons if reason.comment), "")


def check_text(text: str, required: bool = True) -> str:
    """Return a trimmed text that somebody wrote with a decision. Raises ApiError: text_missing, text_long."""
    trimmed = text.strip()
    if required and not trimmed:
        raise ApiError("refused.text_missing")
    if len(trimmed) > MAX_COMMENT_LENGTH:
        raise ApiError("refused.text_long", limit=MAX_COMMENT_LENGTH)
    return trimmed


def check_reasons(reasons: Sequence[GivenReason]) -> tuple[GivenReason, ...]:
    """Return the reasons with trimmed comments.

    Raises ApiError: reason_unknown (also without any reason), comment_missing, comment_long, mark_wrong.
    """
    if not 0 < len(reasons) <= MAX_REASONS:
        raise ApiError("refused.reason_unknown")
    return tuple(_check_reason(reason) for reason in reasons)


def _check_reason(reason: GivenReason) -> GivenReason:
    if reason.code not in settings.APP.review.codes:
        raise ApiError("refused.reason_unknown")
    if reason.code == FREE_TEXT_REASON and not reason.comment.strip():
        raise ApiError("refused.comment_missing")
    if len(reason.comment) > MAX_COMMENT_LENGTH:
        raise ApiError("refused.comment_long", limit=MAX_COMMENT_LENGTH)
    if reason.mark is not None and not _is_inside(reason.mark):
        raise ApiError("refused.mark_wrong")
    return GivenReason(reason.code, reason.comment.strip(), reason.mark)


def _is_inside(mark: Mark) -> bool:
    """Whether the rectangle has an area and lies within the picture; NaN does not."""
    return 0 <= mark.x < mark.x + mark.w <= 1 and 0 <= mark.y < mark.y + mark.h <= 1


def reason_to_json(reason: GivenReason) -> dict[str, Any]:
    mark = reason.mark
    return {"code": reason.code, "comment": reason.comment, "mark": [mark.x, mark.y, mark.w, mark.h] if mark else None}


def reason_from_json(value: dict[str, Any]) -> GivenReason:
    return GivenReason(value["code"], value["comment"], Mark(*value["mark"]) if value["mark"] else None)
