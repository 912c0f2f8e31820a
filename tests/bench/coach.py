"""Time until scripted sitters reach a correct pose, fault by fault: `python -m tests.bench.coach`."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterable

from kiosk.guidance.coaching.hints import HintRule
from tests.kiosk.guidance.scripted_sitters import (
    LIMIT_S,
    MOVE_DURATION_S,
    REACTION_S,
    RULES,
    SCRIPTS,
    PlayResult,
    Sitter,
    has_alternating_hints,
    play,
)

SEEDS = range(5)
COMBINATIONS = 60


def main() -> int:
    print(
        f"scripted sitters, {len(SEEDS)} each: reaction {REACTION_S} s, movement {MOVE_DURATION_S} s, "
        "noise of half a margin (sd)"
    )
    print(f"{'fault':26s} {'hint':20s} {'operator':26s} {'to countdown':>20s}   ignoring")
    late = 0
    for fault in SCRIPTS:
        runs = [play(Sitter((fault,)), seed) for seed in SEEDS]
        ignoring = play(Sitter((fault,), ignores_hints=True), longest=20.0)
        late += sum(run.seconds is None or run.seconds > LIMIT_S for run in runs)
        name = f"{fault.rule} {fault.side or 'unseen'}"
        print(
            f"{name:26s} {fault.hint:20s} {fault.operator_hint:26s} {_format_span(runs):>20s}"
            f"   {_format_ignoring(ignoring)}"
        )
    print(f"{late} of {len(SCRIPTS) * len(SEEDS)} took longer than {LIMIT_S:g} s or never finished")
    for number in (2, 3):
        runs = [play(Sitter(faults), seed) for seed, faults in enumerate(_fault_combinations(number))]
        alternating = sum(has_alternating_hints(run.hints) for run in runs)
        print(
            f"{number} faults at once, {len(runs)} sitters: {_format_span(runs)}; hints alternated {alternating} times"
        )
    return 1 if late else 0


def _format_span(runs: Iterable[PlayResult]) -> str:
    seconds = sorted(run.seconds for run in runs if run.seconds is not None)
    unfinished = sum(run.seconds is None for run in runs)
    if not seconds:
        return "never"
    span = f"{seconds[len(seconds) // 2]:.1f} s, worst {seconds[-1]:.1f} s"
    return span + (f", {unfinished} never" if unfinished else "")


def _format_ignoring(run: PlayResult) -> str:
    """Format the run of a sitter who ignores all hints for twenty seconds."""
    return "never correct" if run.seconds is None else f"correct after {run.seconds:.1f} s"


def _fault_combinations(number: int) -> list[tuple[HintRule, ...]]:
    combinations = [
        faults
        for faults in itertools.combinations(SCRIPTS, number)
        if len({RULES[fault.rule].metric for fault in faults}) == number
    ]
    return random.Random(number).sample(combinations, COMBINATIONS)


if __name__ == "__main__":
    sys.exit(main())
