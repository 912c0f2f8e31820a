"""The timeouts of the steps of a visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.guidance.analysis_rate import AnalysisRate


@dataclass(frozen=True)
class VisitTimeouts:
    """Times in seconds, from [timeouts] of station.toml.

    In the last `warning` seconds of a step the screen asks whether the student is still there. A visible face extends
    the step by at most `max_presence`. Somebody counts as present for `presence` seconds after their face was seen or
    the screen was touched. An error that lasts `help_after` seconds calls the operator. The result of a payment is
    shown for `payment_result` seconds.
    """

    all_clear: float = 1.0
    countdown: float = 3.0
    identify: float = 40.0
    document: float = 75.0
    student_no: float = 60.0
    last_four: float = 90.0
    choose: float = 60.0
    consent: float = 60.0
    prepare: float = 60.0
    pose: float = 180.0
    shoot: float = 90.0
    review: float = 120.0
    payment: float = 180.0
    payment_result: float = 4.0
    done: float = 20.0
    error: float = 120.0
    ended: float = 30.0
    warning: float = 20.0
    max_presence: float = 600.0
    presence: float = 20.0
    help_after: float = 10.0

    def for_rate(self, rate: AnalysisRate | None) -> VisitTimeouts:
        """Return longer times if guidance analyzes more slowly than required.

        A steady sitter needs two analyses after the first good one, and two in the countdown (plus half a period for a
        late one). Posing takes several hints one after the other, each with a few analyses: 60 more of them, at most
        ten minutes. A sitter who is missing in one of three analyses is still present.
        """
        if rate is None or not rate.slow:
            return self
        return replace(
            self,
            all_clear=max(self.all_clear, 1.5 * rate.period),
            countdown=max(self.countdown, 2.5 * rate.period),
            pose=self.pose + min(600.0, 60 * rate.delay),
            presence=max(self.presence, 3 * rate.period),
        )
