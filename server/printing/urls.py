"""URLs of printed photos, under /printing/."""

from __future__ import annotations

from django.urls import path

from server.printing import views

app_name = "printing"
urlpatterns = [
    path("<str:code>", views.page, name="page"),
    path("<str:code>/sheets.pdf", views.sheets, name="sheets"),
    path("<str:code>/list.pdf", views.class_list, name="list"),
    path("<str:code>/labels.pdf", views.labels, name="labels"),
]
