"""A student's browser without a screen, which fills the forms with invented cards and codes."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.local_codes import local_code
from kiosk.capture.isolated_decoding.readers import DocumentText
from server.accounts.puzzle import MAX_NUMBER
from server.records.models import Campaign, Student
from tests.server.conftest import fake_number

PHONE = "138 1234 5678"
PASSWORD = "class2026photo"


@dataclass
class Walker:
    """A client of the account pages; each method requests a page or sends its form."""

    client: Client = field(default_factory=lambda: Client(headers={"accept-language": "en"}))

    def get(self, page: str, **query: str) -> Any:
        return self.client.get(f"/account/{page}", query)

    def post(self, page: str, **values: Any) -> Any:
        return self.client.post(f"/account/{page}", values)

    def begin(self, campaign: Campaign) -> None:
        assert self.post("start", campaign=campaign.pk).status_code == 302

    def agree(self) -> Any:
        return self.post("consent", privacy_1="on", portrait_1="on")

    def prove_phone(self, phone: str = PHONE, page: str = "phone") -> Any:
        answer = self.post(page, phone=phone)
        assert answer.status_code == 302, answer.content.decode()
        return self.post("code", code=last_code())

    def send_card(self, both: bool = True) -> Any:
        files = {name: SimpleUploadedFile("a.jpg", b"card") for name in ("front", *(("back",) if both else ()))}
        return self.post("card", **files)


def last_code() -> str:
    """Return the digits of the newest SMS, from the folder of notices."""
    return re.findall(r"\d{6}", last_text())[0]


def sent_texts() -> list[str]:
    files = sorted(Path(settings.NOTICES).rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text(encoding="utf-8"))["sms"] for path in files]


def last_text() -> str:
    return sent_texts()[-1]


def reads_cards(monkeypatch: pytest.MonkeyPatch, number: str = "", name: str = "王小明", **front: Any) -> None:
    """Let the text recognition return this for the first picture, and the back of a card for the second."""
    texts = [DocumentText(number or fake_number(1), name, False, **front), DocumentText("", "", True, "no_number")]

    def read(picture: bytes) -> DocumentText:
        texts.append(texts.pop(0))
        return texts[-1]

    monkeypatch.setattr("server.accounts.card_pictures.read_document_picture", read)


def own_code(student: Student) -> str:
    """Return a capture code that the school issues itself."""
    return local_code(settings.KEY_STORE.oldest("codes"), student.campaign_id, student.student_no)


def solve(page: bytes) -> str:
    """Solve the puzzle on a page as the script does, and return what it writes into the form."""
    found = re.search(r'data-puzzle="([^"]*)"', page.decode())
    assert found is not None
    puzzle = json.loads(html.unescape(found[1]))
    for number in range(MAX_NUMBER + 1):
        if hashlib.sha256(f"{puzzle['salt']}{number}".encode()).hexdigest() == puzzle["challenge"]:
            fields = {name: puzzle[name] for name in ("algorithm", "challenge", "salt", "signature")}
            return json.dumps({**fields, "number": number})
    raise AssertionError("no number solves the puzzle")
