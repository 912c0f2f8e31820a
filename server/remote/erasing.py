"""Delete the data of a remote student that is no submission."""

from __future__ import annotations

from kiosk.upload.roster_payload import StudentState
from server.records.models import Student
from server.remote import workspace
from server.remote.models import PhotoJob, Proof, RemoteProgress


def erase_photos(student: Student) -> None:
    """Delete every photo, copy and preview of the student that is no submission, and their records."""
    proofs, jobs = Proof.objects.filter(student=student), PhotoJob.objects.filter(student=student)
    for identifier in proofs.values_list("pk", flat=True):
        workspace.remove_proof_files(identifier)
    for identifier in jobs.values_list("pk", flat=True):
        workspace.remove_job_files(identifier)
    workspace.photo_files(student).discard_all()
    proofs.delete()
    jobs.delete()
    RemoteProgress.objects.filter(student=student).delete()


def erase_photos_of_withdrawn() -> int:
    """Do the same for every withdrawn student, as after a withdrawal of consent; return the number of students."""
    begun = RemoteProgress.objects.filter(student__state=StudentState.WITHDRAWN.value).select_related("student")
    students = [progress.student for progress in begun]
    for student in students:
        erase_photos(student)
    return len(students)
