"""URLs of the delivery, under /delivery/."""

from __future__ import annotations

from django.urls import path

from server.delivery import check_views, package_views, state_views, views

app_name = "delivery"
urlpatterns = [
    path("", views.home, name="home"),
    path("packages/<str:identifier>/", package_views.delivery_page, name="delivery"),
    path("packages/<str:identifier>/live", package_views.live, name="live"),
    path("packages/<str:identifier>/files/<int:number>", package_views.download, name="download"),
    path("packages/<str:identifier>/hand-over", package_views.hand_over, name="hand_over"),
    path("packages/<str:identifier>/again", package_views.again, name="again"),
    path("packages/<str:identifier>/check", check_views.check_page, name="check"),
    path("packages/<str:identifier>/check/again", check_views.again, name="check_again"),
    path("packages/<str:identifier>/check/skip", check_views.skip, name="check_skip"),
    path("packages/<str:identifier>/check/<int:finding>.jpg", check_views.finding_picture, name="finding_picture"),
    path("packages/<str:identifier>/chsi", package_views.for_chsi, name="for_chsi"),
    path("<str:code>/new", views.new_delivery, name="new"),
    path("<str:code>/names", views.names, name="names"),
    path("<str:code>/states", state_views.states_page, name="states"),
    path("<str:code>/states/<str:identifier>", state_views.preview_page, name="states_preview"),
]
