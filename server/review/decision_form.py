"""The form of a decision: the action, several reasons, one remark, and a mark for each reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict

from server.core.form_numbers import whole_number
from server.submissions.reasons import FREE_TEXT_REASON, GivenReason, Mark
from server.submissions.rule import Action

MARK_PREFIX: Final = "mark_"
_NO_MARK: Final = Mark(math.nan, math.nan, math.nan, math.nan)  # rejected by server.submissions.reasons


@dataclass(frozen=True)
class DecisionForm:
    """`codes` in the order of the page; `marks` by code."""

    action: str = ""
    revision: int = -1
    codes: tuple[str, ...] = ()
    comment: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    identity_confirmed: bool = False

    @classmethod
    def parse(cls, values: QueryDict) -> DecisionForm:
        codes = tuple(dict.fromkeys(code for code in values.getlist("reason") if code))
        mark_texts = {code: values.get(f"{MARK_PREFIX}{code}", "") for code in codes}
        return cls(
            values.get("action", ""),
            parse_revision(values),
            codes,
            values.get("comment", ""),
            {code: _parse_mark(text) for code, text in mark_texts.items() if text},
            "identity_confirmed" in values,
        )

    @property
    def reasons(self) -> tuple[GivenReason, ...]:
        """The reasons of the decision; none with an approval. The remark belongs to `other`, which needs one, or to the
        first reason."""
        if self.action == Action.APPROVE.value or not self.codes:
            return ()
        with_remark = FREE_TEXT_REASON if FREE_TEXT_REASON in self.codes else self.codes[0]
        return tuple(
            GivenReason(code, self.comment if code == with_remark else "", self.marks.get(code)) for code in self.codes
        )


def parse_revision(values: QueryDict) -> int:
    """Return the revision that the page showed; -1, which no submission has, if it names none."""
    return whole_number(values.get("revision", ""), -1, digits=9)


def _parse_mark(text: str) -> Mark:
    """Read "x,y,w,h"; anything else becomes a mark that is not accepted."""
    try:
        x, y, w, h = (float(part) for part in text[:100].split(","))
    except ValueError:
        return _NO_MARK
    return Mark(x, y, w, h)
