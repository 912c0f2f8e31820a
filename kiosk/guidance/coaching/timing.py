"""Coach timing: debounce times, minimum time of a hint, and escalation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.guidance.analysis_rate import AnalysisRate


@dataclass(frozen=True)
class CoachTiming:
    """Times in seconds. A blink lasts 0.1-0.4 s. Reading a sentence of a dozen characters takes about a second, and
    reacting to it another."""

    debounce: float = 0.3  # a fault counts after this time
    debounce_slow: float = 0.9  # movement, and metrics that cannot be measured, count after this time
    debounce_unmeasured: float = 3.0  # the same for an unmeasured metric without its own hint
    release: float = 0.3  # a fault is cleared after this time without it
    unsure_timeout: float = 1.5  # an unsure rule counts as met after this time without a failure
    min_on_screen: float = 1.0  # minimum time of a hint on the screen
    advice_duration: float = 2.5  # advice is shown once, for this time
    max_frame_gap: float = 1.0  # a pause of the analysis up to this time does not end readiness
    max_unmeasured: float = 0.5  # nor does a metric that is missing for this time
    max_blink: float = 0.25  # nor do shut eyes
    rephrase_after: float = 6.0  # after this time without progress the hint is worded differently
    call_help_after: float = 15.0  # after this time without progress the operator is called
    never_ready_timeout: float = 40.0  # the operator is also called after this time without readiness

    def for_rate(self, rate: AnalysisRate | None) -> CoachTiming:
        """Return the timing for a machine that analyses more slowly than required.

        `max_frame_gap` and `max_unmeasured` span one analysis without a result: at least 2.5 and 1.5 periods. Times
        that wait for the sitter grow by the delay of the analyses: 2 analyses to follow advice or to make progress, 6
        until help is called, and 16 for several hints. The debounce times stay: at any rate they end with the second
        analysis at the earliest.
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
