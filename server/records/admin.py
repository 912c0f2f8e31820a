"""Schools, campaigns and students in Django's administration."""

from __future__ import annotations

from django.contrib import admin

from server.records.models import Campaign, School, Student


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ("code", "name")


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):
    list_display = ("code", "title", "school", "opens", "closes", "simulated")
    list_filter = ("school", "simulated")


@admin.register(Student)
class StudentAdmin(admin.ModelAdmin):
    """Students come by roster; here their state can be changed. The ID number is never shown."""

    list_display = ("masked_name", "student_no", "class_name", "campaign", "state")
    list_filter = ("campaign", "state", "class_name")
    search_fields = ("student_no", "name")
    readonly_fields = ("campaign", "name", "student_no", "class_name")

    def has_add_permission(self, request: object) -> bool:
        return False
