"""People, their enrolments and their consents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.records.identifiers import new_id


class Person(models.Model):
    """A human being, who may have several enrolments; name and number are stored with these."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.id


class LinkProof(models.TextChoices):
    """How it was proved that an enrolment belongs to a person."""

    ID_NUMBER = "id_number"  # the same ID number in the roster
    CODE_LAST_FOUR = "code_last_four"  # capture code and last four characters
    CLERK = "clerk"  # a clerk compared the documents


class EnrolmentLink(models.Model):
    """One enrolment belongs to this person. `user` is the clerk, if a clerk linked them."""

    student = models.OneToOneField(
        "records.Student", on_delete=models.CASCADE, primary_key=True, related_name="person_link"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    proof = models.CharField(max_length=20, choices=LinkProof.choices)
    linked_at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)

    def __str__(self) -> str:
        return f"{self.student_id}: {self.proof}"


class Consent(models.Model):
    """Consent of a person or, before they are known, of a student to one version of a text. `source` names the station
    or the page. "" as `text_sha256`: a paper form, or a version that kept no hash."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="consents")
    student = models.ForeignKey("records.Student", on_delete=models.CASCADE, null=True, related_name="consents")
    text_version = models.CharField(max_length=40)
    text_sha256 = models.CharField(max_length=64, blank=True, default="")
    given_at = models.DateTimeField()
    source = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(student__isnull=False), name="consent_of_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text_version} {self.given_at:%Y-%m-%d}"
