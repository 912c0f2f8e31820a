"""Several reasons, one remark and a mark for each reason, as the page sends them."""

from __future__ import annotations

import math

import pytest
from django.http import QueryDict

from server.core.api_errors import ApiError
from server.review.decision_form import DecisionForm
from server.submissions.reasons import GivenReason, Mark, check_reasons


def parse(query: str) -> DecisionForm:
    return DecisionForm.parse(QueryDict(query))


def test_the_remark_belongs_to_the_first_reason_or_to_other() -> None:
    form = parse("action=reject&revision=3&reason=tilted&reason=blur&comment=sit+up")
    assert form.revision == 3
    assert form.reasons == (GivenReason("tilted", "sit up"), GivenReason("blur"))
    form = parse("action=reject&reason=tilted&reason=other&comment=sit+up")
    assert form.reasons == (GivenReason("tilted"), GivenReason("other", "sit up"))


def test_a_mark_belongs_to_its_reason_and_counts_only_with_it() -> None:
    form = parse("action=reject&reason=blur&mark_blur=0.1,0.2,0.3,0.4&mark_tilted=0,0,1,1")
    assert form.reasons == (GivenReason("blur", "", Mark(0.1, 0.2, 0.3, 0.4)),)


@pytest.mark.parametrize(
    "mark", ["x", "0.1,0.2,0.3", "0,0,0,0", "0.5,0.5,0.6,0.1", "nan,0,1,1", "0,0,1,1,1", "-0.1,0,1,1"]
)
def test_a_mark_outside_the_portrait_is_not_accepted(mark: str) -> None:
    with pytest.raises(ApiError) as api_error:
        check_reasons(parse(f"action=reject&reason=blur&mark_blur={mark}").reasons)
    assert api_error.value.reason == "mark_wrong"


def test_an_approval_has_no_reasons() -> None:
    assert parse("action=approve&reason=blur&comment=x").reasons == ()


@pytest.mark.parametrize("revision", ["", "-1", "x", "9" * 400, "１２³"])
def test_a_revision_that_is_no_number_matches_no_revision(revision: str) -> None:
    assert parse(f"revision={revision}").revision == -1


def test_the_same_reason_counts_once() -> None:
    assert parse("action=reject&reason=blur&reason=blur&reason=").codes == ("blur",)


def test_a_mark_as_attributes_of_a_drawing() -> None:
    assert Mark(0.1, 0.25, 0.5, 1 / 3).percent == {"x": "10.00%", "y": "25.00%", "w": "50.00%", "h": "33.33%"}
    assert math.isnan(parse("action=reject&reason=blur&mark_blur=x").marks["blur"].x)
