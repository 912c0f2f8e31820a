"""The public page in a real Chromium: files are chosen, the browser hashes the portrait, the page shows the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from server.proof import check
from server.proof.issuing import Issuer, proof_of
from server.proof.models import PortraitStatement
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.axe import assert_accessible
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


def test_a_portrait_is_verified_and_stays_on_the_computer(
    chromium: Browser,
    address: str,
    submit_signed: Callable[..., Submission],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = submit_signed()
    content = picture_store().path(submission.portrait_sha256 or "").read_bytes()
    portrait, proof, changed = tmp_path / "a.jpg", tmp_path / "a.proof.json", tmp_path / "b.jpg"
    portrait.write_bytes(content)
    changed.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    proof.write_bytes(proof_of(submission, Issuer.now(timezone.now())))
    page = new_page(chromium, viewport=PHONE, locale="en-GB", base_url=address)
    complaints, sent = collect_complaints(page), list[tuple[str, list[str]]]()

    own_hash = check.portrait_hash

    def portrait_hash(request: HttpRequest) -> str:
        sent.append((request.POST["sha256"], sorted(request.FILES)))
        return own_hash(request)

    monkeypatch.setattr(check, "portrait_hash", portrait_hash)
    page.goto("/proof/")
    assert_accessible(page)
    page.set_input_files("input[name=portrait]", portrait)
    page.set_input_files("input[name=proof]", proof)
    expect(page.locator(".chosen").first).to_have_text("a.jpg")
    page.click("form#check .button.main")
    expect(page.locator(".answer h2")).to_contain_text("The station “一号站” made exactly this file")
    assert_accessible(page)
    assert sent == [(submission.portrait_sha256, ["proof"])], "the hash and the proof alone were sent"
    page.goto(f"/proof/{PortraitStatement.objects.get().code}")
    expect(page.locator(".answer h2")).to_contain_text("Compare your file with it below")
    page.set_input_files("input[name=portrait]", changed)
    page.click("form#check .button.main")
    expect(page.locator(".answer h2")).to_contain_text("The proof belongs to another file")
    assert complaints == []
    page.context.close()
