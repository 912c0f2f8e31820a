"""The tables of remote students: the screen they have reached, the checks of copies, and the photos they sent."""

from __future__ import annotations

from typing import Final

from django.db import models

from server.records.identifiers import new_id
from server.records.models import Student


class Step(models.TextChoices):
    """The screens, in their order."""

    HELPER = "helper"
    WALL = "wall"
    LIGHT = "light"
    CLOTHES = "clothes"
    CAMERA = "camera"
    CHECK = "check"
    RESULT = "result"


PREPARATION: Final = (Step.HELPER, Step.WALL, Step.LIGHT, Step.CLOTHES)


class Status(models.TextChoices):
    """`refused`: no portrait can be made of this photo. `failed`: the engine could not run; it is tried again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


UNFINISHED: Final = (Status.WAITING.value, Status.RUNNING.value)


class RemoteProgress(models.Model):
    """The screen that a student has reached; another device or a reload continues here. `photo_sha256` is a photo that
    was sent by the plain form and waits for the student's decision; `proof` is its check."""

    student = models.OneToOneField(Student, on_delete=models.CASCADE, primary_key=True, related_name="remote_progress")
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.HELPER.value)
    photo_sha256 = models.CharField(max_length=64, blank=True, default="")
    photo_source = models.CharField(max_length=12, blank=True, default="")
    proof = models.CharField(max_length=32, blank=True, default="")
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.student_id}: {self.step}"


class EngineJob(models.Model):
    """Work of the photo engine for one student. `problem` is a message id."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING.value)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)
    problem = models.CharField(max_length=60, blank=True, default="")
    problem_values = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pk}: {self.status}"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED


class Proof(EngineJob):
    """The check of a reduced copy, or of a photo that came by the plain form. The copy is deleted when the check ends,
    the preview and the verdicts a day later."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="proofs")
    photo_sha256 = models.CharField(max_length=64, blank=True, default="")
    """The photo of the student to check; "" for a copy."""

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["status", "created_at"], name="proofs_by_status")]


class PhotoJob(EngineJob):
    """A photo that the student submitted; it becomes the submission with this row's id.

    `key` is the hash of student, photo and number of earlier submissions, so a second tap is the same job. `device` is
    what the browser reported (kiosk.upload.photo_origin.DeviceReport).
    """

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="photo_jobs")
    key = models.CharField(max_length=64, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    device = models.JSONField(default=dict)
    also_for = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["status", "created_at"], name="photo_jobs_by_status")]
