"""The URLs of the server."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from server.accounts.views.code_list import code_list
from server.audit.views import audit_page
from server.clerk.home import start, start_page
from server.clerk.public import campaign_info
from server.core.access import redirect_admin_sign_in
from server.core.health import health
from server.core.sign_in import SignInView
from server.delivery.own_mail_views import mail_own_file
from server.delivery.own_views import own_file, own_file_page, photo
from server.privacy.student_pages import own_copy, own_data
from server.proof.own_proof import own_proof
from server.records.views import roster_page
from server.second_factor.views import page as second_factor_page
from server.stations.api import api

urlpatterns = [
    path("", start),
    path("health", health, name="health"),
    path("signin", SignInView.as_view(start_page=start_page), name="sign_in"),
    path("signout", LogoutView.as_view(next_page="/signin"), name="sign_out"),
    path("audit/", audit_page, name="audit"),
    path("second-factor/", second_factor_page, name="second_factor"),
    path("account/", include("server.accounts.urls")),
    path("clerk/roster/codes/<str:code>", code_list, name="capture_codes"),
    path("clerk/links/", include("server.accounts.office_urls")),
    path("clerk/", include("server.clerk.urls")),
    path("day/", include("server.day.urls")),
    path("c/<str:code>", campaign_info, name="campaign_info"),
    path("review/", include("server.review.urls")),
    path("remote/", include("server.remote.urls")),
    path("retouch/", include("server.retouch.urls")),
    path("privacy/", include("server.privacy.urls")),
    path("delivery/", include("server.delivery.urls")),
    path("printing/", include("server.printing.urls")),
    path("proof/", include("server.proof.urls")),
    path("f/<str:link>/proof.json", own_proof, name="own_proof"),
    path("f/<str:link>/", own_file_page, name="own_file"),
    path("f/<str:link>/mail", mail_own_file, name="own_file_mail"),
    path("f/<str:link>/<str:size>.jpg", own_file, name="own_file_picture"),
    path("p/<str:token>/photo", photo, name="own_photo"),
    path("p/<str:token>/data", own_data, name="own_data"),
    path("p/<str:token>/data/copy", own_copy, name="own_copy"),
    path("p/", include("server.portal.urls")),
    path("payments/", include("server.payments.urls")),
    path("o/", include("server.order_page.urls")),
    path("payments/", include("server.payment_office.urls")),
    path("wechat/", include("server.wechat.urls")),
    path("stations/", include("server.stations.urls")),
    path("roster/", roster_page, name="roster"),
    path("api/station/v1/", api.urls),
    path("admin/login/", redirect_admin_sign_in),
    path("admin/", admin.site.urls),
]
handler400 = "server.core.error_handlers.bad_request"
handler404 = "server.core.error_handlers.not_found"
handler500 = "server.core.error_handlers.server_error"
