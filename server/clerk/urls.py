"""URLs of the clerk's pages, under /clerk/."""

from __future__ import annotations

from django.urls import path

from server.clerk import campaigns, home, roster, students

app_name = "clerk"
urlpatterns = [
    path("", home.home, name="home"),
    path("school", home.school, name="school"),
    path("school/<str:code>", home.edit_school, name="edit_school"),
    path("campaigns/new", campaigns.new_campaign, name="new_campaign"),
    path("campaigns/<str:code>/", campaigns.campaign_page, name="campaign"),
    path("campaigns/<str:code>/edit", campaigns.edit_campaign, name="edit_campaign"),
    path("campaigns/<str:code>/notice", campaigns.notice, name="notice"),
    path("campaigns/<str:code>/windows", campaigns.add_window, name="add_window"),
    path("campaigns/<str:code>/windows/<int:number>/remove", campaigns.remove_window, name="remove_window"),
    path("campaigns/<str:code>/imports/<str:identifier>/undo", roster.undo, name="undo"),
    path("roster/", roster.roster_page, name="roster"),
    path("roster/template.xlsx", roster.template_file, name="template"),
    path("roster/<str:identifier>/columns", roster.columns_page, name="columns"),
    path("roster/<str:identifier>/preview", roster.preview_page, name="preview"),
    path("roster/<str:identifier>/cancel", roster.cancel, name="cancel"),
    path("students/", students.student_list, name="students"),
    path("students/new", students.add_student, name="add_student"),
    path("students/<str:identifier>/", students.student_page, name="student"),
    path("students/<str:identifier>/withdraw", students.withdraw, name="withdraw"),
    path("students/<str:identifier>/reinstate", students.reinstate, name="reinstate"),
    path("students/<str:identifier>/last-four", students.reset_last_four, name="reset_last_four"),
    path("students/<str:identifier>/consent", students.record_consent, name="consent"),
    path("students/<str:identifier>/link", students.link, name="link"),
]
