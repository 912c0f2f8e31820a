"""URLs of the redirect to WeChat, the return and the sign-in, under /wechat/."""

from __future__ import annotations

from django.urls import path

from server.wechat import sign_in_views, views

app_name = "wechat"
urlpatterns = [
    path("return", views.return_page, name="return"),
    path("signin", sign_in_views.sign_in_page, name="sign_in"),
    path("enter", sign_in_views.enter, name="enter"),
    path("connection", sign_in_views.connection, name="connection"),
    path("connection/change", sign_in_views.change_connection, name="change"),
]
