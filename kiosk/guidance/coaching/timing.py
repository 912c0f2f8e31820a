"""How long the coach waits: before it speaks, before it believes, and before it fetches help."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.guidance.analysis_rate import AnalysisRate


@dataclass(frozen=True)
class CoachTiming:
    """In seconds. A blink lasts 0.1-0.4 s; a sentence of a dozen characters takes about a second to read, and whoever
    has read it needs another to move."""

    debounce: float = 0.3  # a fault must last this long
    debounce_slow: float = 0.9  # and movement, or that something cannot be measured, this long
    debounce_unmeasured: float = 3.0  # and that, where there is no sentence made for it, this long
    release: float = 0.3  # and be gone this long
    unsure_timeout: float = 1.5  # nearly right for so long, without being wrong, counts as right
    min_on_screen: float = 1.0  # a hint stays at least this long
    advice_duration: float = 2.5  # so long something that is only advised is asked for, once, before it is let go
    max_frame_gap: float = 1.0  # so long the machine may look away without a sitter who is ready having to begin again
    max_unmeasured: float = 0.5  # so long a measure that was fine may be missing to a sitter who is ready
    max_blink: float = 0.25  # shut eyes do not break a stillness once reached for this long
    rephrase_after: float = 6.0  # without getting nearer for so long: the same thing in other words
    call_help_after: float = 15.0  # and for so long: the operator is called
    never_ready_timeout: float = 40.0  # never right for so long, with whatever hints: the operator is called as well

    def for_rate(self, rate: AnalysisRate | None) -> CoachTiming:
        """The same on a machine that analyses more slowly than required.

        `max_frame_gap` and `max_unmeasured` span one analysis that brings nothing: 2.5 and 1.5 periods at least. What
        waits for the sitter grows by what the machine is late in seeing them: a wish is followed within 2 analyses, a
        hint gets nearer within 2, is given up after 6, and 16 are needed for several hints. The debounces need no
        change: at any rate they end with the second analysis at the earliest.
        """
        if rate is None or not rate.slow:
            return self
        return replace(
            self,
            max_frame_gap=max(self.max_frame_gap, 2.5 * rate.period),
            max_unmeasured=max(self.max_unmeasured, 1.5 * rate.period),
            advice_duration=self.advice_duration + 2 * rate.delay,
            rephrase_after=self.rephrase_after + 2 * rate.delay,
            call_help_after=self.call_help_after + 6 * rate.delay,
            never_ready_timeout=self.never_ready_timeout + 16 * rate.delay,
        )
