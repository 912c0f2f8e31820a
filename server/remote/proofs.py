"""Checks of a copy of the photo before the original is sent: all verdicts, a preview, and what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from config.i18n import Translations, values_from_json
from config.renamed_messages import current_message_id
from server.core.api_errors import ApiError
from server.core.throttle import Throttle
from server.records.models import Student
from server.remote import workspace
from server.remote.eligibility import require_open
from server.remote.jobs import run_proof
from server.remote.models import UNFINISHED, Proof, Status

MAX_COPY_BYTES: Final = 400 * 1024
_JPEG_START: Final = b"\xff\xd8\xff"
_HOUR_MINUTES: Final = 60
_WORST_FIRST: Final = ("fail", "unsure", "not_measured", "pass")
_WITH_ADVICE: Final = ("fail", "unsure")


def request_proof(student: Student, copy: bytes | None, now: datetime, photo_sha256: str = "") -> Proof:
    """Queue the check of a copy, or of the photo that the student sent by the plain form. A newer one replaces an older
    one that still waits.

    Raises ApiError: why the student may send no photo now, remote_copy, remote_too_many_checks, remote_busy.
    """
    limits = settings.APP.remote
    require_open(student, now)
    if copy is not None and not (copy.startswith(_JPEG_START) and len(copy) <= MAX_COPY_BYTES):
        raise ApiError("refused.remote_copy", limit=MAX_COPY_BYTES // 1024)
    if not Throttle("remote proof", limits.proofs_per_hour, _HOUR_MINUTES).allow(student.pk):
        raise ApiError("refused.remote_too_many_checks", limit=limits.proofs_per_hour)
    _cancel_waiting(student, now)
    if Proof.objects.filter(status__in=UNFINISHED).count() >= limits.max_waiting:
        raise ApiError("refused.remote_busy")
    with transaction.atomic():
        proof = Proof.objects.create(student=student, created_at=now, photo_sha256=photo_sha256)
        if copy is not None:
            workspace.store_copy(proof.pk, copy)
        run_proof.enqueue(proof.pk)
    return proof


def proof_document(proof: Proof, tr: Translations) -> dict[str, Any]:
    """Return a proof as README.md describes it, in the language of `tr`."""
    finished, verdicts = proof.is_finished, proof.report.get("verdicts", [])
    failed = proof.status == Status.FAILED.value or (bool(proof.problem) and not verdicts)
    state = "waiting" if not finished else "failed" if failed else "done"
    return {
        "state": state,
        "place": 0 if finished else _place(proof),
        "verdicts": verdict_lines(verdicts, tr),
        "preview": preview_url(proof),
        "sentence": _sentence(proof, tr),
    }


def preview_url(proof: Proof) -> str | None:
    has_preview = proof.status == Status.DONE.value and workspace.preview_path(proof.pk).is_file()
    return reverse("remote:preview", args=[proof.student_id, proof.pk]) if has_preview else None


def verdict_lines(verdicts: list[dict[str, Any]], tr: Translations) -> list[dict[str, str]]:
    """Return the verdicts in words, worst first; `advice` is for the helper who holds the phone."""
    ordered = sorted(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict["outcome"]))
    return [_line(verdict, tr) for verdict in ordered]


def advice_for(rule: str, reason: str, tr: Translations) -> str:
    """Return the advice for a fault: `remote.hint.<rule>.<low|high>`, else the rule's own sentence."""
    direction = reason.rpartition(".")[2]
    own = f"remote.hint.{rule}.{direction}"
    if tr.has(own):
        return tr.translate(own)
    known = current_message_id(reason)
    return tr.translate(known) if known and tr.has(known) else ""


def _line(verdict: dict[str, Any], tr: Translations) -> dict[str, str]:
    rule, outcome = verdict["rule"], verdict["outcome"]
    advice = advice_for(rule, verdict["reason"], tr) if outcome in _WITH_ADVICE else ""
    title = tr.translate(f"rule.{rule}") if tr.has(f"rule.{rule}") else rule
    return {"rule": rule, "outcome": outcome, "title": title, "advice": advice}


def _place(proof: Proof) -> int:
    before = Proof.objects.filter(status=Status.WAITING.value, created_at__lt=proof.created_at)
    return before.exclude(pk=proof.pk).count()


def _sentence(proof: Proof, tr: Translations) -> str:
    if not proof.is_finished:
        return tr.translate("remote.proof_waiting")
    if proof.problem:
        return problem_sentence(proof.problem, proof.problem_values, tr)
    failed = sum(verdict["outcome"] == "fail" for verdict in proof.report.get("verdicts", []))
    return tr.translate("remote.proof_faults", count=failed) if failed else tr.translate("remote.proof_good")


def problem_sentence(key: str, values: dict[str, Any], tr: Translations) -> str:
    """Return the sentence for a student: `remote.problem.<name>` where the usual one is for operators."""
    name = key.rpartition(".")[2]
    own = f"remote.problem.{name}"
    if tr.has(own):
        return tr.translate(own)
    return tr.translate(key, **values_from_json(values)) if tr.has(key) else tr.translate("remote.problem.other")


def _cancel_waiting(student: Student, now: datetime) -> None:
    for proof in Proof.objects.filter(student=student, status=Status.WAITING.value):
        changed = Proof.objects.filter(pk=proof.pk, status=Status.WAITING.value).update(
            status=Status.FAILED.value, problem="remote.replaced", finished_at=now
        )
        if changed:
            workspace.remove_proof_files(proof.pk)
