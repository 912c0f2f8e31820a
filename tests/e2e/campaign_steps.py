"""The steps of a campaign before its review: staff and students, each in a separate browser, and the station."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from config.i18n import translations
from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.upload.client import Client
from kiosk.upload.envelope import SubmissionReceipt
from kiosk.upload.heartbeat import Heartbeat
from kiosk.upload.roster_payload import StudentState
from server.records.models import Student
from server.second_factor.totp import STEP_S, code_at
from tests.browser import PHONE, collect_complaints, new_page, sign_in
from tests.e2e.school_server import PASSWORD, SchoolServer
from tests.server.conftest import fake_number
from tests.server.station_client import VERDICTS, Visit

TRANSLATE: Final = translations("zh_CN").translate
STUDENTS: Final = 30
HEADER: Final = "姓名,身份证号,学号,班级"
READY: Final = "body[data-ready=yes]"  # set once the page accepts keys
CLEAR: Final = tuple(one.model_copy(update={"outcome": "pass", "reason": ""}) for one in VERDICTS)


@dataclass(frozen=True)
class School:
    """The server and the browsers of its users; `complaints` are the errors that the browsers report."""

    server: SchoolServer
    browser: Browser
    complaints: list[list[str]] = field(default_factory=list)

    def page_of(self, name: str, path: str, lands_on: str = "") -> Page:
        """Sign a member of staff in on the way to `path`."""
        page = self._open(viewport={"width": 1280, "height": 900})
        sign_in(page, path, name, PASSWORD, lands_on)
        return page

    def administrator(self, name: str, path: str) -> Page:
        """Sign an administrator in; for real students they set up a second factor first."""
        page = self.page_of(name, path, "/second-factor/**")
        text = page.locator("#secret").inner_text()
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        page.fill("#code", code_at(secret, int(timezone.now().timestamp()) // STEP_S))
        page.click("form button.main")
        expect(page.locator("#codes li")).to_have_count(10)
        page.click("main a.main")
        page.wait_for_url(f"**{path}")
        return page

    def phone(self) -> Page:
        return self._open(viewport=PHONE, is_mobile=True, has_touch=True)

    def _open(self, **settings: Any) -> Page:
        page = new_page(self.browser, base_url=self.server.url, locale="zh-CN", **settings)
        self.complaints.append(collect_complaints(page))
        return page


@dataclass(frozen=True)
class SentVisit:
    """One student's visit at the station, and the receipt for it."""

    student: Student
    serial: int
    receipt: SubmissionReceipt


def line(serial: int, name: str = "", number: str = "", student_no: str = "") -> str:
    return f"{name},{number or fake_number(serial)},{student_no or f'2023{serial:04d}'},计科{serial % 2 + 1}班"


RIGHT: Final = tuple(line(serial, f"王小{'一二三四五六七八九十'[serial % 10]}") for serial in range(STUDENTS))
MISTAKES: Final = {  # message id: the line with the mistake, instead of the student's right one
    "roster.number_form": (2, line(2, "王小三", number=fake_number(2)[:-1])),
    "roster.name_lost": (3, line(3, "王?四")),
    "roster.twice_other_name": (4, line(4, "王小五", number=fake_number(1))),
    "roster.missing": (5, line(5)),
    "roster.twice": (6, line(6, "王小七", student_no="20230001")),
}


def set_up_campaign(school: School, folder: Path) -> None:
    """Take the clerk's four steps except the station, which needs an administrator."""
    page = school.page_of("lan", "/", lands_on="/clerk/")
    expect(page.locator(".step")).to_have_count(4)
    page.click(".step.current a")
    page.fill("#id_code", "99001")
    page.fill("#id_name", "示范大学")
    page.click("main form button.main")
    page.wait_for_url("**/clerk/")
    page.click(".step.current a")
    today = timezone.localdate()
    page.fill("#id_title", "2027 届毕业生图像采集")
    page.fill("#id_first_day", today.isoformat())
    page.fill("#id_last_day", (today + timedelta(days=10)).isoformat())
    page.check("input[name=look][value='chsi:blue']")
    page.fill("#id_place", "图书馆一楼")
    page.select_option("#id_retouch", "on_request")
    for rule in ("final_review", "four_eyes", "confirmation"):
        page.check(f"#id_{rule}")
    page.click(".form-end button.main")
    page.wait_for_url("**/campaigns/*/")
    _import_roster(page, folder / "名单.csv")
    page.goto("/clerk/")
    expect(page.locator(".step.done")).to_have_count(3)
    expect(page.locator(".step.current")).to_contain_text(TRANSLATE("clerk.step_ask"))
    page.context.close()


def _import_roster(page: Page, roster: Path) -> None:
    lines = list(RIGHT)
    for place, wrong in MISTAKES.values():
        lines[place] = wrong
    page.click(".actions.bar a.main")
    _choose_file(page, roster, lines)
    rows = page.locator("#bad tbody tr td:last-child").all_inner_texts()
    assert [_is_sentence(key, text) for key, text in zip(MISTAKES, rows, strict=True)] == [True] * 5, rows
    page.click(f"text={TRANSLATE('clerk.other_file')}")
    _choose_file(page, roster, list(RIGHT))
    expect(page.locator("#bad")).to_have_count(0)
    page.click("#confirm")
    page.wait_for_url("**/campaigns/*/")
    expect(page.locator(".figure").first).to_contain_text(str(STUDENTS))


def _is_sentence(key: str, text: str) -> bool:
    """Return whether the text is this message with any values."""
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(TRANSLATE(key))), text) is not None


def _choose_file(page: Page, roster: Path, lines: list[str]) -> None:
    roster.write_text("\r\n".join((HEADER, *lines, "")), encoding="utf-8")
    page.set_input_files("#file", roster)
    page.click("main form button.main")
    page.wait_for_url("**/preview")


def pair_station(school: School, page: Page) -> Client:
    page.goto("/stations/")
    page.click("form button.main")
    code = page.locator("#code").inner_text()
    pairing = Client.pair(school.server.url, code, "一号站")
    return Client(school.server.url, pairing.token)


def capture_everybody(station: Client, shot: bytes, retouched: int, doubtful: tuple[int, ...]) -> list[SentVisit]:
    """Send a visit of every student with a ready-made portrait; the engine makes that of `retouched` from `shot`.

    Those of `doubtful` do not pass every rule, so that no grid shows them.
    """
    assert station.send_heartbeat(Heartbeat(version="1.0"))
    expected = station.roster().students  # in the order of the student numbers
    assert len(expected) == STUDENTS
    engine = PhotoEngine()
    portrait = engine.make_and_verify(shot, load_standard("chsi"), {"driver": "file"})
    engine.close()
    from_engine = {"shot": shot, "portrait": portrait.jpeg, "recipe": portrait.recipe}
    visits = []
    for serial, one in enumerate(expected):
        student = Student(id=one.id, campaign_id=one.campaign)
        changes = {
            **(from_engine if serial == retouched else {}),
            "verdicts": VERDICTS if serial in doubtful else CLEAR,
        }
        visits.append(SentVisit(student, serial, capture(station, student, serial, **changes)))
    return visits


def capture(station: Client, student: Student, seed: int, **changes: Any) -> SubmissionReceipt:
    visit = Visit.of(student, seed, simulated=False, **changes)
    receipt = station.submit(visit.envelope, visit.shot, visit.portrait)
    assert receipt.matches(visit.envelope)
    return receipt


def capture_again(station: Client, sent: SentVisit) -> None:
    """Capture a student who asked for a retake, and whom the station expects again."""
    states = {one.id: one.state for one in station.roster().students}
    assert states[sent.student.id] is StudentState.EXPECTED
    assert list(states.values()).count(StudentState.CAPTURED) > 0, "control"
    capture(station, sent.student, sent.serial + STUDENTS, verdicts=CLEAR)
