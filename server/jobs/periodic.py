"""The periodic jobs. Each is idempotent and takes the time, so that it may run late, twice, or in a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.module_loading import import_string


@dataclass(frozen=True)
class PeriodicJob:
    """`function` is a dotted path; the function takes the time as its only argument."""

    interval: timedelta
    function: str

    def run(self, now: datetime) -> None:
        function: Callable[[datetime], Any] = import_string(self.function)
        function(now)


PERIODIC_JOBS: Final = {
    "send_notices": PeriodicJob(timedelta(seconds=10), "server.notices.sending.send_all_due"),
    "run_due_transitions": PeriodicJob(timedelta(seconds=10), "server.submissions.clock.run_due_transitions"),
    "collect_receipts": PeriodicJob(timedelta(minutes=1), "server.notices.receipts.collect_receipts"),
    "delete_roster_uploads": PeriodicJob(timedelta(minutes=5), "server.clerk.uploads.delete_expired"),
    "forget_earlier_values": PeriodicJob(timedelta(hours=1), "server.records.roster_import.undo.forget_earlier_values"),
    "draw_second_looks": PeriodicJob(timedelta(hours=1), "server.review.second_looks.draw_second_looks"),
    "query_payments": PeriodicJob(timedelta(seconds=10), "server.payments.jobs.query_payments"),
    "send_refunds": PeriodicJob(timedelta(seconds=10), "server.payments.jobs.send_approved_refunds"),
    "expire_orders": PeriodicJob(timedelta(hours=1), "server.payments.expiry.expire_orders"),
    "compare_bills": PeriodicJob(timedelta(minutes=10), "server.payments.jobs.compare_bills"),
    "resume_retouch_jobs": PeriodicJob(timedelta(minutes=1), "server.retouch.jobs.resume_jobs"),
    "delete_retouch_results": PeriodicJob(timedelta(hours=1), "server.retouch.jobs.delete_unused_results"),
    "propose_revocations": PeriodicJob(timedelta(hours=6), "server.remote.batch_check.propose_revocations"),
    "resume_remote_jobs": PeriodicJob(timedelta(minutes=1), "server.remote.jobs.resume_jobs"),
    "delete_remote_files": PeriodicJob(timedelta(hours=1), "server.remote.jobs.delete_old_files"),
    "remove_expired_photos": PeriodicJob(timedelta(hours=1), "server.remote.uploads.remove_expired_photos"),
    "resume_deliveries": PeriodicJob(timedelta(minutes=1), "server.delivery.jobs.resume_deliveries"),
    "resume_portrait_checks": PeriodicJob(timedelta(minutes=1), "server.delivery.check_jobs.resume_checks"),
    "delete_packages": PeriodicJob(timedelta(hours=1), "server.delivery.hand_over.delete_old_packages"),
    "send_link_decisions": PeriodicJob(timedelta(seconds=10), "server.accounts.requests.send_decisions"),
    "delete_unfinished_persons": PeriodicJob(timedelta(hours=1), "server.accounts.opening.delete_unfinished"),
    "delete_expired_sessions": PeriodicJob(timedelta(hours=1), "server.core.sessions.delete_expired_sessions"),
    "scrub_pictures": PeriodicJob(timedelta(minutes=10), "server.backup.scrub.scrub_slice"),
    "erase_expired": PeriodicJob(timedelta(hours=1), "server.privacy.runs.erase_nightly"),
    "delete_finished_tasks": PeriodicJob(timedelta(minutes=10), "server.jobs.tasks.delete_finished_tasks"),
}
