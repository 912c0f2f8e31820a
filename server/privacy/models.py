"""Reports of erasures, files that are still to be deleted, and requests of data subjects."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from server.records.models import Campaign, Student


class ErasureReport(models.Model):
    """The result of one run for one campaign. `campaign` None: accounts without an enrolment. `since` is the end of the
    campaign's retention; None: single students on request.

    `counts`: the number of erased rows and files, by kind. `blocked`: each reason why students could not be erased yet,
    with their ids. `problems`: the places where the verification still found something.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="erasure_reports")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    blocked = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.campaign_id or 'accounts'} {self.started_at:%Y-%m-%d %H:%M}"


class FileKind(models.TextChoices):
    """The place of a file that is to be deleted; `name` is its hash, the id of its submission, or its path in its
    folder."""

    PICTURE = "picture"
    RETOUCH = "retouch"
    PARTIAL = "partial"
    REMOTE = "remote"
    NOTICE = "notice"


class DoomedFile(models.Model):
    """A file whose rows were erased; this row is written with them and deleted after the file, so that a server that is
    killed in between leaves no file behind."""

    kind = models.CharField(max_length=10, choices=FileKind.choices)
    name = models.CharField(max_length=100)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="each_doomed_file_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class RequestKind(models.TextChoices):
    """The kind of a request (PIPL, articles 45 to 47). Withdrawal is a transition of the workflow."""

    COPY = "copy"
    CORRECTION = "correction"
    ERASURE = "erasure"


class RequestState(models.TextChoices):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class SubjectRequest(models.Model):
    """A request of a student about their data, to be answered by `due_at`. `text` is the student's, `answer` the
    clerk's; `legal_ground` is the code of the legal reason of a refusal."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="subject_requests")
    kind = models.CharField(max_length=12, choices=RequestKind.choices)
    text = models.TextField(blank=True, default="")
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=RequestState.choices, default=RequestState.OPEN.value)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    legal_ground = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        default_permissions = ()
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "kind"], condition=Q(state="open"), name="one_open_request_of_a_kind"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="subject_requests_by_time")]

    def __str__(self) -> str:
        return f"{self.student_id}: {self.kind}"
