"""Schools, campaigns and students in Django's administration."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.person_names import normalize_name
from server.members.admin import ScopedAdmin
from server.members.scope import campaigns_of, schools_of, students_of
from server.records.campaign_options import Identification, PhotoSource
from server.records.models import Campaign, School, Student


@admin.register(School)
class SchoolAdmin(ScopedAdmin):
    list_display = ("code", "name")

    def visible(self, user: Any) -> QuerySet[School]:
        return schools_of(user)


class CampaignAdminForm(forms.ModelForm):
    photo_sources = forms.MultipleChoiceField(
        choices=PhotoSource.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    identification = forms.MultipleChoiceField(
        choices=Identification.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


@admin.register(Campaign)
class CampaignAdmin(ScopedAdmin):
    form = CampaignAdminForm
    list_display = ("code", "title", "school", "opens_at", "closes_at", "simulated")
    list_filter = (("school", admin.RelatedOnlyFieldListFilter), "simulated")

    def visible(self, user: Any) -> QuerySet[Campaign]:
        return campaigns_of(user)


@admin.register(Student)
class StudentAdmin(ScopedAdmin):
    """The roster creates students; here staff look them up and change a state or a student number. The ID number is
    never shown; its last four characters find a student. A search for the complete number is not offered, because
    search terms are part of the URL, and logs contain URLs."""

    list_display = ("masked_name", "student_no", "class_name", "major", "campaign", "state")
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter), "state")
    search_fields = ("student_no", "candidate_no", "name")
    readonly_fields = ("campaign", "name", "document_type")

    def visible(self, user: Any) -> QuerySet[Student]:
        return students_of(user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Student], search_term: str
    ) -> tuple[QuerySet[Student], bool]:
        term = normalize_name(search_term)
        students, may_have_duplicates = super().get_search_results(request, queryset, term)
        if re.fullmatch(r"[0-9A-Za-z]{4}", term):
            students = students | queryset.filter(last_four=term.upper())
        return students, may_have_duplicates

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Student | None = None) -> bool:
        """Forbid deletion once a campaign has begun: a station may still hold a visit of any student. Set a student who
        leaves to `withdrawn` instead."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.campaign.opens_at > timezone.now())
