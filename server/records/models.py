"""Schools, campaigns and students: who is expected, when, and by which photo standard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from config.errors import Problem
from config.i18n import translations
from config.id_number import DocumentType, normalize_student_no
from config.person_names import mask_name
from config.standards.registry import PhotoStandard, custom_folder, load_standard_by_name
from config.time_zones import local_date
from kiosk.upload.roster_payload import StudentState
from server.core.language import current_language

# Django finds the tables of an app through this module.
from server.records import import_models, people_models, window_models  # noqa: F401
from server.records.campaign_options import (
    Payer,
    PaymentRequired,
    RetouchMode,
    check_identification,
    check_photo_sources,
    default_identification,
)
from server.records.identifiers import new_id, new_token
from server.records.student_conditions import has_portrait


class School(models.Model):
    """An institution by its code in the national register (院校代码, five digits)."""

    code = models.CharField(max_length=5, primary_key=True, validators=[RegexValidator(r"^\d{5}$")])
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    """Fields `..._en` contain the English text, the others the Chinese one (server.core.language.localized)."""
    help_line = models.CharField(max_length=60, blank=True, default="")
    help_hours = models.CharField(max_length=100, blank=True, default="")
    help_hours_en = models.CharField(max_length=100, blank=True, default="")
    roster_columns = models.JSONField(default=dict, blank=True, editable=False)
    """The columns that the clerk assigned by hand: normalized name in the file to a column of the roster, "" for
    none."""

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Campaign(models.Model):
    """One school's collection for one graduating class; students know its campaign code (特征码)."""

    code = models.CharField(max_length=6, primary_key=True, validators=[RegexValidator(r"^[0-9A-Za-z]{6}$")])
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    title = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100, blank=True, default="")
    standard = models.CharField(max_length=40, default="chsi")
    background = models.CharField(max_length=20, default="blue")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    price_fen = models.PositiveIntegerField(default=0)
    """The price of one portrait in fen (1/100 yuan), so that no amount is ever rounded."""
    payer = models.CharField(max_length=10, choices=Payer.choices, default=Payer.FREE.value)
    payment_required = models.CharField(
        max_length=16, choices=PaymentRequired.choices, default=PaymentRequired.NEVER.value
    )
    """`before_capture` applies to a kiosk while it is online; a photo taken without payment is kept and waits."""
    refund_on_withdrawal = models.BooleanField(default=False)
    """The campaign's written rule: whether the money goes back to a student who withdraws their portrait."""
    refund_on_revocation = models.BooleanField(default=False)
    """The same for a student whose portrait is revoked."""
    place = models.CharField(max_length=120, blank=True, default="")
    place_en = models.CharField(max_length=120, blank=True, default="")
    clothing = models.CharField(max_length=500, blank=True, default="")
    clothing_en = models.CharField(max_length=500, blank=True, default="")
    help_line = models.CharField(max_length=60, blank=True, default="")
    """Without one, that of the school is shown, with its hours."""
    help_hours = models.CharField(max_length=100, blank=True, default="")
    help_hours_en = models.CharField(max_length=100, blank=True, default="")
    photo_sources = models.JSONField(default=list, blank=True, validators=[check_photo_sources])
    """How remote students may take their photo (PhotoSource); []: the campaign has no remote page."""
    simulated = models.BooleanField(default=False)
    retention_days = models.PositiveIntegerField(default=180)
    retouch = models.CharField(
        max_length=12, choices=[(mode.value, mode.value) for mode in RetouchMode], default=RetouchMode.NEVER.value
    )
    final_review = models.BooleanField(default=False)
    confirmation = models.BooleanField(default=False)
    """Whether the student confirms the portrait after review."""
    confirmation_days = models.PositiveIntegerField(default=3)
    four_eyes = models.BooleanField(default=True)
    """Whether the final reviewer must be somebody else than the first reviewer and the retoucher."""
    resubmission_days = models.PositiveIntegerField(default=7)
    """How long a student may come again after a rejection, also after the campaign's last day."""
    max_retakes = models.PositiveIntegerField(default=1)
    appeal_days = models.PositiveIntegerField(default=7)
    """How long a student may appeal after a portrait was revoked."""
    delivery_names = models.CharField(max_length=120, default="{yxdm}/{bh}/{xh}.jpg")
    """The template of file names in a delivery, and that of the student's own file (server.delivery.names)."""
    own_name = models.CharField(max_length=120, default="{xm}_{xh}")
    id_number_in_delivery = models.BooleanField(default=False)
    """Whether file names and lists may contain the ID number."""
    identification = models.JSONField(default=default_identification, blank=True, validators=[check_identification])
    """Values of `Identification`: the ways that students may choose from. []: nobody can link an enrolment online."""

    def __str__(self) -> str:
        return f"{self.title} ({self.code})"

    def photo_standard(self) -> PhotoStandard:
        """Return the standard with this campaign's background. Raises Problem if either is not known."""
        folder = custom_folder(settings.APP.server.standards_folder)
        return load_standard_by_name(self.standard, folder).with_background(self.background)

    def clean(self) -> None:
        """Validate for the administration: a mistake would otherwise appear only when a student is
        photographed."""
        try:
            self.photo_standard()
        except Problem as problem:
            raise ValidationError(problem.in_language(current_language())) from problem
        if self.opens_at and self.closes_at and self.opens_at > self.closes_at:
            raise ValidationError(translations(current_language()).translate("campaign.dates"))

    def capture_days(self) -> tuple[date, date]:
        """Return the first and the last day of the campaign at the school; both count in full."""
        zone = timezone.get_default_timezone()
        return local_date(self.opens_at, zone), local_date(self.closes_at, zone)

    def is_open_at(self, moment: datetime) -> bool:
        first, last = self.capture_days()
        return first <= local_date(moment, timezone.get_default_timezone()) <= last

    def appeal_end(self, revoked_at: datetime) -> datetime:
        return revoked_at + timedelta(days=self.appeal_days)

    def retention_end(self) -> datetime:
        try:
            return self.closes_at + timedelta(days=self.retention_days)
        except OverflowError:  # retained indefinitely
            return datetime.max.replace(tzinfo=UTC)


class Student(models.Model):
    """One enrolment record (学籍) in a campaign; a person may have several with the same ID number. The number is
    encrypted, and looked up by its keyed hash."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="students")
    name = models.CharField(max_length=100)
    id_number_encrypted = models.TextField(editable=False)
    id_number_hmac = models.CharField(max_length=64, editable=False)
    id_number_slow_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    """The slow hash of the number; each station gets a hash of it with its own key. "": not yet computed."""
    last_four = models.CharField(max_length=4, editable=False)
    student_no = models.CharField(max_length=40, blank=True)
    candidate_no = models.CharField(max_length=20, blank=True, default="")
    class_name = models.CharField(max_length=60, blank=True)
    major = models.CharField(max_length=60, blank=True, default="")
    department = models.CharField(max_length=60, blank=True, default="")
    study_level = models.CharField(max_length=12, blank=True, default="")
    study_years = models.CharField(max_length=3, blank=True, default="")
    roster_import = models.ForeignKey(
        "RosterImport",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="created_students",
    )
    """The import that created the student, as long as it can be undone."""
    document_type = models.CharField(
        max_length=20, blank=True, default="", choices=[(kind.value, kind.value) for kind in DocumentType]
    )
    """As the roster names it; "": the format of the number shows it."""
    progress_token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in StudentState],
        default=StudentState.EXPECTED.value,
    )
    resubmit_until = models.DateTimeField(null=True, editable=False)
    """Until when the student may come again after a rejection, also after the campaign's last day."""
    make_up_window = models.ForeignKey(
        "CaptureWindow", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="students"
    )
    """The window (补拍) in which a student who was absent may come, also after the campaign's last day."""
    erased_at = models.DateTimeField(null=True, editable=False)
    """When everything that names the student was erased (server.privacy); the row stays for its history."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "id_number_hmac", "student_no", "candidate_no", "major"],
                name="one_student_per_enrolment",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "student_no", "id"], name="students_by_number"),
            models.Index(fields=["campaign", "class_name", "student_no", "id"], name="students_by_class"),
            models.Index(fields=["campaign", "state", "student_no", "id"], name="students_by_state"),
            models.Index(fields=["campaign", "name", "id"], name="students_by_name"),
            models.Index(fields=["id_number_hmac"], name="students_of_a_number"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    def clean(self) -> None:
        """Validate for the administration."""
        self.student_no = normalize_student_no(self.student_no)
        if self.state == StudentState.EXPECTED.value and self.has_open_portrait():
            raise ValidationError({"state": translations(current_language()).translate("student.has_portrait")})

    def may_come_at(self, moment: datetime) -> bool:
        """Whether the campaign is open then, or this student may come after a rejection or in a make-up window. Every
        last day counts in full."""
        zone = timezone.get_default_timezone()
        today, until, window = local_date(moment, zone), self.resubmit_until, self.make_up_window
        if until is not None and today <= local_date(until, zone):
            return True
        return self.campaign.is_open_at(moment) or (window is not None and window.is_open_on(today))

    def has_open_portrait(self) -> bool:
        """Whether a portrait waits for review or is past it."""
        return Student.objects.filter(has_portrait(), pk=self.pk).exists()

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def enrolment_label(self) -> str:
        """A label that distinguishes a person's enrolments: major, class, the end of the student number."""
        number = self.student_no or self.candidate_no
        end = f"…{number[-4:]}" if number else ""
        return " · ".join(part for part in (self.major or self.department, self.class_name, end) if part)
