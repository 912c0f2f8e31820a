"""The three shares required of guidance over all labelled pictures, and the definition of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from config.standards.registry import Rule
from kiosk.guidance.verdict import Outcome
from tests.bench.guidance_truth import LabelledVerdict, MeasuredPicture

TARGETS: Final = {"verdicts as labelled": 0.97, "faulty passed": 0.01, "right stopped": 0.03}
_MAX_LISTED: Final = 6
_EXPLANATION: Final = (
    "Rules that only advise are left out of all three, and so are verdicts whose truth is unknown: labelled open, or a",
    "known change that ends near the bound of a band. Each picture is counted once.",
    "- as labelled: FAIL where the rule is broken, on the side it is broken; PASS where it is kept. Unsure and not",
    "  measured are neither, and count against the share.",
    "- faulty passed: of the pictures in which a rule is broken, those in which every broken rule passes or is not",
    "  measured, even if another rule stops the picture. A picture in which a broken rule is unsure neither passes nor",
    "  stops anybody: it is counted separately.",
    "- right stopped: of the pictures without any fault, neither rendered nor the sitter's own by label (without a",
    "  label: no rule fails on the unchanged picture), those in which a rule that is kept fails.",
)


def totals(
    pictures: list[MeasuredPicture], verdicts: list[LabelledVerdict], rules: Mapping[str, Rule]
) -> Iterator[str]:
    """Yield the shares with the pictures that count, line by line."""
    labelled = [v for v in verdicts if not rules[v.rule].advice and v.should_fail is not None]
    yield from _EXPLANATION
    yield ""
    yield from _as_labelled(labelled)
    yield from _faulty_passed(labelled)
    stopped = {v.picture for v in verdicts if not rules[v.rule].advice and v.outcome is Outcome.FAIL}
    yield from _good_stopped(_good_pictures(pictures, rules, stopped), labelled)


def _as_labelled(verdicts: list[LabelledVerdict]) -> Iterator[str]:
    right, wrong = sum(v.as_labelled for v in verdicts), sum(v.wrong for v in verdicts)
    outcomes = Counter(v.outcome for v in verdicts)
    unsure, lacking = outcomes[Outcome.UNSURE], outcomes[Outcome.NOT_MEASURED]
    of = max(1, len(verdicts))
    yield _format_share("verdicts as labelled", right, len(verdicts)) + (
        f"; plainly wrong {wrong / of:.2%}, unsure {unsure / of:.2%}, not measured {lacking / of:.2%}"
    )


def _faulty_passed(verdicts: list[LabelledVerdict]) -> Iterator[str]:
    broken: dict[str, list[Outcome]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.should_fail:
            broken[verdict.picture].append(verdict.outcome)
    not_failed = {name: outcomes for name, outcomes in broken.items() if Outcome.FAIL not in outcomes}
    passed = [name for name, outcomes in not_failed.items() if Outcome.UNSURE not in outcomes]
    with_unsure = f"; {len(not_failed) / max(1, len(broken)):.2%} including those with an unsure verdict"
    yield _format_share("faulty passed", len(passed), len(broken)) + with_unsure
    yield from _list_pictures(passed)


def _good_stopped(pictures: list[MeasuredPicture], verdicts: list[LabelledVerdict]) -> Iterator[str]:
    right = {one.name: one.base for one in pictures}
    failing: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.picture in right and verdict.outcome is Outcome.FAIL and not verdict.should_fail:
            failing[verdict.picture].append(verdict.rule)
    yield _format_share("right stopped", len(failing), len(right))
    yield from _list_pictures([f"{name} ({', '.join(by)})" for name, by in failing.items()])
    of = Counter(right.values())
    yield "   right pictures: " + ", ".join(f"{count} of {base}" for base, count in of.items())


def _good_pictures(
    pictures: list[MeasuredPicture], rules: Mapping[str, Rule], stopped: set[str]
) -> list[MeasuredPicture]:
    """Return the pictures without any fault; a sitter's own fault is ignored if no rule stops the visit for it."""
    stopping = {key for name, rule in rules.items() if not rule.advice for key in (name, rule.metric)}
    faulty = {one.base for one in pictures if any(name in stopping for name, _ in one.truth.own_faults)}
    faulty |= {one.base for one in pictures if not one.truth.change and not one.truth.known and one.name in stopped}
    return [one for one in pictures if not one.truth.faults and one.base not in faulty]


def _format_share(title: str, count: int, of: int) -> str:
    return f"{title:22} {count / max(1, of):7.2%} of {of} (target {TARGETS[title]:.0%})"


def _list_pictures(pictures: list[str]) -> Iterator[str]:
    if pictures:
        more = f" and {len(pictures) - _MAX_LISTED} more" if len(pictures) > _MAX_LISTED else ""
        yield f"   {'; '.join(pictures[:_MAX_LISTED])}{more}"
