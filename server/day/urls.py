"""URLs of the capture day, under /day/."""

from __future__ import annotations

from django.urls import path

from server.day import absent, make_up, report_views, views

app_name = "day"
urlpatterns = [
    path("", views.day, name="day"),
    path("<str:code>/", views.campaign_day, name="campaign"),
    path("<str:code>/live", views.live, name="live"),
    path("<str:code>/absent", absent.absent_list, name="absent"),
    path("<str:code>/absent/print", absent.print_list, name="print"),
    path("<str:code>/absent.xlsx", absent.workbook, name="absent_xlsx"),
    path("<str:code>/windows", make_up.open_window, name="open_window"),
    path("<str:code>/windows/<int:number>/remove", make_up.remove_window, name="remove_window"),
    path("<str:code>/report.pdf", report_views.report_pdf, name="report_pdf"),
    path("<str:code>/report.xlsx", report_views.report_xlsx, name="report_xlsx"),
]
