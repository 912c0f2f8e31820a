"""A browser that opens the address of a form gets the page that contains the form, and no empty page."""

from __future__ import annotations

import pytest
from django.test import Client

from server.core.form_addresses import page_above

ID = "0" * 32


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/p/token/unlock", "/p/token"),
        ("/p/token/lock", "/p/token"),
        ("/p/token/contact/remove", "/p/token/contact"),
        ("/p/token/data/copy", "/p/token/data"),
        ("/o/token/pay", "/o/token"),
        ("/o/token/invoice", "/o/token"),
        ("/f/link/mail", "/f/link/"),
        ("/account/signout", "/account/"),
        ("/wechat/connection/change", "/wechat/connection"),
        (f"/remote/{ID}/camera/photo", f"/remote/{ID}/camera/"),
        (f"/remote/{ID}/check/send", f"/remote/{ID}/check/"),
        (f"/review/{ID}/decide", f"/review/{ID}/"),
        ("/review/grid/undo", "/review/grid/"),
        (f"/retouch/{ID}/decide", f"/retouch/{ID}/"),
        ("/signout", ""),
    ],
)
def test_the_page_of_a_form(address: str, page: str) -> None:
    assert page_above(address) == page


@pytest.mark.django_db
def test_only_a_browser_that_opens_a_page_is_redirected(client: Client) -> None:
    page = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = client.get("/p/token/unlock", headers=page)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/token")
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get("/p/token/unlock").status_code == 405
    assert client.put("/p/token/unlock", headers=page).status_code == 405
