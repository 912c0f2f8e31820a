"""The form that adds or corrects a student. Its values are normalized like a roster's and compared with others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from config.id_number import DocumentType, last_four, mask_number, normalize_number, normalize_student_no, number_error
from config.person_names import has_letter, normalize_name, replacement_character
from server.clerk.forms import message
from server.records.id_number_protection import decrypt_number, encrypt_number, keyed_hash, slow_keyed_hash
from server.records.models import Campaign, Student
from server.records.roster_import.columns import MAX_LENGTHS
from server.records.roster_import.import_plan import mask_value

_DETAILS: Final = ("class_name", "department", "major", "study_level", "study_years")
_NUMBERS: Final = ("student_no", "candidate_no")
_NUMBER_CHARACTERS: Final = re.compile(r"[\x21-\x7e\u3400-\u9fff]*")


class StudentForm(forms.Form):
    """`number` is the complete ID number: required for a new student, empty to leave a known one as it is. It is never
    filled in."""

    name = forms.CharField(max_length=MAX_LENGTHS["name"])
    number = forms.CharField(max_length=40, required=False)
    document_type = forms.ChoiceField(required=False)
    student_no = forms.CharField(max_length=MAX_LENGTHS["student_no"], required=False)
    candidate_no = forms.CharField(max_length=MAX_LENGTHS["candidate_no"], required=False)
    class_name = forms.CharField(max_length=MAX_LENGTHS["class_name"], required=False)
    department = forms.CharField(max_length=MAX_LENGTHS["department"], required=False)
    major = forms.CharField(max_length=MAX_LENGTHS["major"], required=False)
    study_level = forms.CharField(max_length=MAX_LENGTHS["study_level"], required=False)
    study_years = forms.CharField(max_length=MAX_LENGTHS["study_years"], required=False)

    def __init__(self, *args: Any, campaign: Campaign, student: Student | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign, self.student = campaign, student
        kinds = [(kind.value, message(f"clerk.document.{kind.value}")) for kind in DocumentType]
        self.fields["document_type"].choices = [("", message("clerk.document.any")), *kinds]  # type: ignore[attr-defined]
        self.fields["number"].widget.attrs |= {"autocomplete": "off"}
        if student is None:
            self.fields["number"].required = True
        else:
            self.initial = {name: getattr(student, name) for name in self.fields if name != "number"}

    def clean_name(self) -> str:
        name = normalize_name(self.cleaned_data["name"])
        if not has_letter(name) or replacement_character(name):
            raise ValidationError(message("clerk.name_wrong"))
        return name

    def clean_number(self) -> str:
        return normalize_number(self.cleaned_data["number"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for column in _NUMBERS:
            values[column] = normalize_student_no(values.get(column, ""))
            if not _NUMBER_CHARACTERS.fullmatch(values[column]) or "?" in values[column]:
                self.add_error(column, message("clerk.number_characters"))
        for column in _DETAILS:
            values[column] = " ".join(values.get(column, "").split())
        kind = DocumentType(values["document_type"]) if values.get("document_type") else None
        if values.get("number") and number_error(values["number"], kind):
            self.add_error("number", message("clerk.number_wrong"))
        if not self.errors:
            self._check_others(values)
        return values

    def _check_others(self, values: dict[str, Any]) -> None:
        """Reject values that another student of the campaign already has."""
        key = Q(student_no=values["student_no"], candidate_no=values["candidate_no"], major=values["major"])
        number, name = values["number"], values["name"]
        others = self.campaign.students.exclude(pk=self.student.pk if self.student else "")
        for column in _NUMBERS:
            if values[column] and others.filter(**{f"{column}__iexact": values[column]}).exists():
                self.add_error(column, message("clerk.number_taken"))  # this also removes the value
        hashed = keyed_hash(number) if number else self.student and self.student.id_number_hmac
        same_person = others.filter(id_number_hmac=hashed)
        if same_person.exclude(name=name).exists():
            self.add_error("number" if number else "name", message("clerk.number_of_another"))
        if not self.errors and same_person.filter(key).exists():
            self.add_error("student_no", message("clerk.same_enrolment"))


@dataclass(frozen=True)
class Correction:
    """The changed columns with their old and new values, masked as for the audit log."""

    columns: dict[str, list[str]]
    corrects_number: bool = False


def save_student(form: StudentForm) -> tuple[Student, Correction]:
    """Write the values of a valid form."""
    student = form.student or Student(campaign=form.campaign)
    columns: dict[str, list[str]] = {}
    for name, value in form.cleaned_data.items():
        if name != "number" and getattr(student, name) != value:
            columns[name] = [mask_value(name, getattr(student, name)), mask_value(name, value)]
            setattr(student, name, value)
    number = form.cleaned_data["number"]
    corrects = bool(number) and keyed_hash(number) != student.id_number_hmac
    if corrects:
        columns["number"] = [f"*{student.last_four}" if student.last_four else "-", f"*{last_four(number)}"]
        student.id_number_hmac = keyed_hash(number)
        student.id_number_encrypted = encrypt_number(number)
        student.id_number_slow_hash = slow_keyed_hash(number)
        student.last_four = last_four(number)
    student.save()
    return student, Correction(columns, corrects)


def masked_number(student: Student) -> str:
    """Return the ID number as it is shown on pages: the first three and the last four characters."""
    return mask_number(decrypt_number(student.id_number_encrypted))
