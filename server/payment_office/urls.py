"""URLs of the office's pages, under /payments/."""

from __future__ import annotations

from django.urls import path

from server.payment_office import (
    actions,
    approvals,
    cash_pages,
    finding_pages,
    order_pages,
    statement_pages,
    voucher_pages,
)

app_name = "payment_office"
urlpatterns = [
    path("", order_pages.order_list, name="orders"),
    path("approvals", approvals.approvals, name="approvals"),
    path("findings", finding_pages.finding_list, name="findings"),
    path("findings/<int:number>", finding_pages.decide, name="decide_finding"),
    path("students/<str:student>", order_pages.open_order, name="open_order"),
    path("orders/<int:number>/", order_pages.order_page, name="order"),
    path("orders/<int:number>/cash", actions.cash, name="cash"),
    path("orders/<int:number>/waive", actions.waive_order, name="waive"),
    path("orders/<int:number>/waiver", actions.decide_waiver, name="decide_waiver"),
    path("orders/<int:number>/refund", actions.ask_refund, name="ask_refund"),
    path("orders/<int:number>/refunds", actions.decide_refund, name="decide_refund"),
    path("orders/<int:number>/invoice", actions.issue_invoice, name="issue_invoice"),
    path("campaigns/<str:code>/cash", cash_pages.cash_page, name="cash_day"),
    path("campaigns/<str:code>/vouchers", voucher_pages.voucher_page, name="vouchers"),
    path("campaigns/<str:code>/vouchers/approve", voucher_pages.approve, name="approve_vouchers"),
    path("campaigns/<str:code>/vouchers/<int:number>/cancel", voucher_pages.cancel, name="cancel_voucher"),
    path("campaigns/<str:code>/statement.pdf", statement_pages.statement_pdf, name="statement_pdf"),
    path("campaigns/<str:code>/statement.xlsx", statement_pages.statement_xlsx, name="statement_xlsx"),
]
