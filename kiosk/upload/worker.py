"""Send the visits of the outbox, one after the other, until the server has each."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import ValidationError

from config.background_loop import BackgroundLoop
from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.upload.envelope import Rejection, Submission, SubmissionReceipt
from kiosk.upload.errors import ServerUnreachable, SubmissionRejected, Unauthorized
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox

log = logging.getLogger(__name__)
_JOIN_TIMEOUT_S: Final = 2.0


class UploadStopped(Exception):
    """The station is being closed. The server keeps the bytes that it has, and the next start resumes there."""


class SubmissionClient(Protocol):
    """The part of kiosk.upload.client.Client that the worker needs."""

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt: ...


@dataclass(frozen=True)
class BackoffPolicy:
    """Seconds. A failed visit is retried after `first_delay`, then twice that and so on up to `max_delay`, each pause
    chosen randomly between half and the whole, so that a hall full of stations does not retry at the same time.
    `lease_duration` must be longer than one upload may take, also on a slow connection; `idle_interval` is the time
    between two checks of an empty outbox unless `wake` is called."""

    first_delay: float = 5.0
    max_delay: float = 300.0
    lease_duration: float = 3600.0
    idle_interval: float = 30.0


class UploadWorker:
    """A thread; or, without `start`, call `send_next`. `on_status` receives None after every success, otherwise the
    problem.

    Pictures that the server has are deleted at once, unless `keep_sent_files` is set.
    """

    def __init__(
        self,
        outbox: Outbox,
        client: SubmissionClient,
        originals: FileStore,
        clock: Callable[[], float] = time.time,
        on_status: Callable[[Problem | None], None] = lambda problem: None,
        backoff: BackoffPolicy | None = None,
        jitter: Callable[[], float] = random.random,
        keep_sent_files: bool = False,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._originals = originals
        self._clock = clock
        self._on_status = on_status
        self._backoff = backoff or BackoffPolicy()
        self._jitter = jitter
        self._keep_sent_files = keep_sent_files
        self._failures = 0
        self._retry_at = 0.0
        self._loop = BackgroundLoop("upload", self._send_due, join_timeout=_JOIN_TIMEOUT_S)
        # `stop` ends the loop after the present upload; if that takes too long, its lease makes it due again.
        self.start, self.stop = self._loop.start, self._loop.stop

    @property
    def is_running(self) -> bool:
        """Whether the thread runs, also after a `stop` that did not wait for a long upload."""
        return self._loop.is_alive

    def wake(self) -> None:
        """Check the outbox now, because there is a new visit or the network is back."""
        self._retry_at = 0.0
        self._loop.wake()

    def send_next(self) -> bool:
        """Send one visit that is due. Return True to continue with the next; False if nothing is due, or the
        server cannot be reached."""
        if self._clock() < self._retry_at <= self._clock() + self._backoff.max_delay:
            return False
        try:
            item = self._outbox.lease(self._backoff.lease_duration)
            if item is None:
                self._purge()
        except Problem as problem:
            log.error("%s", problem)
            self._on_status(problem)
            return problem.key == "upload.unreadable_row"
        return item is not None and self._attempt(item)

    def _attempt(self, item: OutboxVisit) -> bool:
        try:
            self._send(item)
        except SubmissionRejected as problem:
            self._failures = 0
            self._outbox.mark_rejected(item.id, problem.rejection)
            log.warning("visit %s was rejected: %s", item.id, problem.rejection.reason)
            self._on_status(None)  # the server is reachable; the rejection is in the outbox
        except (Unauthorized, ServerUnreachable) as problem:
            return self._reschedule(item, problem)
        except Problem as problem:  # the station's disk: this visit needs a person, the others continue
            log.error("visit %s cannot be sent: %s", item.id, problem)
            self._outbox.mark_failed(item.id, str(problem), self._backoff.max_delay)
            self._on_status(problem)
        except (ValueError, TypeError, LookupError) as error:
            self._park_invalid(item, error)
        except UploadStopped:
            self._outbox.mark_failed(item.id, "", 0.0)
            return False
        except Exception:  # a bug in one visit must not stop the others
            log.exception("the upload of visit %s failed with an internal error", item.id)
            internal_error = Problem("upload.internal_error")
            self._outbox.mark_failed(
                item.id, str(internal_error), max(self._backoff.max_delay, self._backoff.idle_interval)
            )
            self._on_status(internal_error)
        return True

    def _park_invalid(self, item: OutboxVisit, error: Exception) -> None:
        """Park a visit that can never be sent as it is, like one that the server rejects; a person decides, the others
        continue."""
        problem = Problem("upload.invalid_visit", why=_invalid_field(error))
        log.error("visit %s is parked: %s", item.id, problem)
        rejection = Rejection(reason="invalid_visit", zh_CN=problem.in_language("zh_CN"), en=problem.in_language("en"))
        self._outbox.mark_rejected(item.id, rejection)
        self._on_status(problem)

    def _send(self, item: OutboxVisit) -> None:
        submission = item.submission()
        shot = self._originals.read(item.shot_file)
        portrait = self._originals.read(item.portrait_file) if item.portrait_file else None
        receipt = self._client.submit(submission, shot, portrait)
        self._outbox.mark_sent(item.id, receipt)
        self._failures = 0
        log.info("visit %s is on the server (%s)", item.id, receipt.state)
        self._purge()
        self._on_status(None)

    def _reschedule(self, item: OutboxVisit, problem: Unauthorized | ServerUnreachable) -> bool:
        """Record the failure; return whether to try the next visit."""
        for_all = isinstance(problem, Unauthorized) or problem.is_outage
        self._failures += for_all
        tries = self._failures if for_all else item.attempts
        pause = self._delay(tries, None if isinstance(problem, Unauthorized) else problem.retry_after)
        # If the server cannot be reached, the visit is not the cause: it is due again at the next attempt.
        self._outbox.mark_failed(item.id, str(problem), 0.0 if for_all else pause)
        if for_all:
            self._retry_at = self._clock() + pause
        log.warning("visit %s will be retried: %s", item.id, problem)
        self._on_status(problem)
        return not for_all

    def _delay(self, tries: int, retry_after: float | None) -> float:
        whole = min(self._backoff.max_delay, self._backoff.first_delay * 2.0 ** min(tries - 1, 30))
        return min(self._backoff.max_delay, max(whole * (0.5 + self._jitter() / 2), retry_after or 0.0))

    def raise_if_stopping(self, progress: object = None) -> None:
        """Raise UploadStopped if the station is being closed; the client calls it between two chunks."""
        if self._loop.is_stopped:
            raise UploadStopped

    def _purge(self) -> None:
        if not self._keep_sent_files:
            self._outbox.purge_sent(self._originals)

    def _send_due(self) -> float:
        """Send one visit that is due; return the seconds until the next."""
        try:
            return 0.0 if self.send_next() else self._idle_time()
        except Problem as problem:  # the outbox could not be read
            log.error("%s", problem)
            self._on_status(problem)
        except Exception:  # a bug in one upload must not stop the others
            log.exception("an upload failed; the worker continues")
            self._on_status(Problem("upload.internal_error"))
        return self._backoff.idle_interval

    def _idle_time(self) -> float:
        """Return the seconds until the server or the next visit may be tried again, unless `wake` comes first."""
        now, due = self._clock(), self._outbox.next_due()
        moments = [moment - now for moment in (self._retry_at, due) if moment is not None and moment > now]
        return min([self._backoff.idle_interval, *moments])


def _invalid_field(error: Exception) -> str:
    """Return the first invalid field, without its value, which may identify a person."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return type(error).__name__
