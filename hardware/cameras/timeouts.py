"""Timeouts of the camera process and its supervisor."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Timeouts:
    """Seconds. The defaults are for cameras on a USB cable; a station may set its own.

    Together they guarantee that a camera is live again within five seconds after its fault ends: every remaining
    timeout (a heartbeat, a pause, an attempt to open) is shorter than that.

    Time that a process waited for a processor does not count (child_process.cpu_wait_seconds), so a busy machine does
    not look like a hung camera; `scaled_by` lengthens the timeouts on a slower processor.

    heartbeat: a camera in live view without a heartbeat for this time is hung. It must be longer than the 2.5 s for
        which libgphoto2 holds the interpreter when a camera stalls, and the 3 s after which a webcam's read ends.
    open: from the start of the process, or the last attempt, to an opened camera. The simulated studio takes a second
        on an idle machine.
    reopen: the same for a camera that was open before, which has three times its last duration, but at least this.
    shot: default deadline of a shot. DSLRs take 0.5 to 2 s, with one focus retry more.
    late_shot: how long a shot may still arrive after its deadline before the camera counts as hung; transfers of 22 s
        are known (PhotoboothProject#1184). A camera that reports progress sets its own deadline, phase by phase.
    retry: between two attempts to open an absent camera.
    restart, max_restart: before the first new process, and the limit of its doubling. Starting one takes half a second
        of one core: at `max_restart` a camera that crashes immediately uses a fifth of a core.
    stable: after this long in live view, the next restart begins with `restart` again.
    stop: for a camera to close normally before its process is terminated.
    """

    heartbeat: float = 6.0
    open: float = 60.0
    reopen: float = 3.5
    shot: float = 10.0
    late_shot: float = 20.0
    retry: float = 1.0
    restart: float = 0.1
    max_restart: float = 2.0
    stable: float = 10.0
    stop: float = 2.0

    def scaled_by(self, slowness: float) -> Timeouts:
        """Return these timeouts for a processor that takes `slowness` times as long."""
        return replace(
            self,
            heartbeat=self.heartbeat * slowness,
            open=self.open * slowness,
            reopen=self.reopen * slowness,
            shot=self.shot * slowness,
            stop=self.stop * slowness,
        )

    def restart_delay(self, failures: int) -> float:
        """Return the pause before the next process after `failures` short runs in a row (1 is the first)."""
        return min(self.max_restart, self.restart * 2.0 ** min(failures - 1, 16))
