"""Create the parts of the visit controller and connect them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kiosk.identification.attempts import AttemptCounters
from kiosk.identification.last_four import LastFourCheck
from kiosk.visit.capture_events import CaptureEvent
from kiosk.visit.capture_results import CaptureResults
from kiosk.visit.capture_sequence import CaptureSequence
from kiosk.visit.current_state import CurrentState
from kiosk.visit.identification import Identification
from kiosk.visit.lifecycle import VisitLifecycle
from kiosk.visit.live_guidance import LiveGuidance
from kiosk.visit.machine_timeouts import MachineTimeouts
from kiosk.visit.options import VisitOptions
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.orphan_shots import OrphanShots
from kiosk.visit.payment_screen import PaymentProgress
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recovery import ErrorRecovery
from kiosk.visit.state import VisitState
from kiosk.visit.step_actions import StepActions
from kiosk.visit.timeouts import VisitTimeouts


class VisitParts:
    """The state and everything that changes it. `on_done(future, callback)` calls the callback on the controller's
    thread."""

    def __init__(
        self,
        services: Services,
        timeouts: VisitTimeouts,
        options: VisitOptions,
        clock: Clock,
        on_done: Callable[..., None],
        on_change: Callable[[VisitState], None],
        last_four_check: LastFourCheck | None,
        attempts: AttemptCounters | None,
        orders: OrderRequests | None,
    ) -> None:
        self.services, self._clock, self._on_done = services, clock, on_done
        # One thread for everything that writes to disk: in order, and without delaying the live view.
        self.io_executor = ThreadPoolExecutor(1, thread_name_prefix="visit-io")
        # Late binding: the actions of a step need the parts that change the state.
        self.current = CurrentState(clock, lambda before: self._step_actions.on_step_entered(before), on_change)
        self.timeouts = MachineTimeouts(timeouts, self.current, services)
        self.recovery = ErrorRecovery(self.current, services.camera)
        self.guidance = LiveGuidance(self.current, services.analyzer, self.recovery)
        self.identification = Identification(
            self.current,
            services,
            clock,
            options.standard_of,
            on_done,
            self.recovery.request_help,
            documents_for_staff=options.documents_for_staff,
            last_four_check=last_four_check,
            attempts=attempts,
        )
        self.payment = PaymentProgress(self.current, orders, on_done)
        self._create_capture(options)

    def _create_capture(self, options: VisitOptions) -> None:
        """Create everything between the shutter and the stored portrait."""
        services, clock, executor, on_done = self.services, self._clock, self.io_executor, self._on_done
        self.capture_events: deque[CaptureEvent] = deque()
        self.capture = CaptureSequence(services, clock, executor, on_done, self.capture_events.append, options.burst)
        self.orphan_shots = OrphanShots(services, clock, executor, on_done, self.capture)
        self.lifecycle = VisitLifecycle(
            self.current, services, clock, executor, on_done, self.orphan_shots, self.recovery
        )
        self.capture_results = CaptureResults(
            self.current, self.capture, self.lifecycle, self.orphan_shots, self.recovery
        )
        self._step_actions = StepActions(
            self.current,
            services,
            self.identification,
            self.lifecycle,
            self.capture,
            self.guidance,
            self.recovery,
            options.consent_version,
        )
