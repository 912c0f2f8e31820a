"""URLs of an order's page, under /o/."""

from __future__ import annotations

from django.urls import path

from server.order_page import paying, requests, views

app_name = "order_page"
urlpatterns = [
    path("<str:token>", views.page, name="page"),
    path("<str:token>/live", views.live, name="live"),
    path("<str:token>/pay", paying.pay, name="pay"),
    path("<str:token>/wechat", paying.pay_inside_wechat, name="wechat"),
    path("<str:token>/voucher", paying.voucher, name="voucher"),
    path("<str:token>/unlock", requests.unlock, name="unlock"),
    path("<str:token>/invoice", requests.invoice, name="invoice"),
    path("<str:token>/refund", requests.refund, name="refund"),
]
