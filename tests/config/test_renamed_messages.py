"""Ids of messages that the first release stored are shown under today's ids."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from config.i18n import LANGUAGES, translations
from config.renamed_messages import RENAMED_IDS, current_message_id, first_release_message_id
from hardware.device_log import DeviceLog
from kiosk.guidance.studio.setup_check import CheckKind, load_checks
from kiosk.upload.wire_names import to_version_1
from server.review.verdict_table import verdict_lines

AT = "2026-05-20T09:00:00+08:00"
REASONS_OF_FIRST_RELEASE = ("no_face", "one_frame", "not_taken", "before_shutter", "no_dpi")


@pytest.mark.parametrize("old", [*RENAMED_IDS, *(f"measure.{reason}" for reason in REASONS_OF_FIRST_RELEASE)])
def test_an_old_id_leads_to_a_message_and_back(old: str) -> None:
    new = current_message_id(old)
    for language in LANGUAGES:
        assert not translations(language).has(old)
        assert translations(language).has(new)
    assert first_release_message_id(new) == old
    assert current_message_id(new) == new


def test_an_id_that_kept_its_name_is_unchanged() -> None:
    assert current_message_id("camera.lost") == first_release_message_id("camera.lost") == "camera.lost"


def test_an_old_device_log_shows_current_messages(tmp_path: Path) -> None:
    path = tmp_path / "devices.jsonl"
    path.write_text(json.dumps({"at": AT, "device": "reader", "key": "reader.unwell", "values": {"code": "60"}}) + "\n")
    (outage,) = DeviceLog(path, lambda: datetime.fromisoformat(AT)).outages()
    assert [problem.key for problem in outage.problems] == ["reader.internal_error"]


def test_an_old_studio_record_shows_current_findings() -> None:
    check = {"at": AT, "kind": "empty", "findings": [{"key": "studio.thing", "values": {"percent": 3}}], "figures": {}}
    (finding,) = load_checks(json.dumps({"empty": check}).encode())[CheckKind.EMPTY].findings
    assert finding.key == "studio.object"


def test_a_reviewer_reads_the_reason_of_an_old_verdict() -> None:
    verdict = {"rule": "yaw", "outcome": "not_measured", "value": None, "unit": "deg", "min": -5.0, "max": 5.0}
    (line,) = verdict_lines({"verdicts": [{**verdict, "reason": "measure.no_face"}]}, translations("en"))
    assert line.reason == translations("en").translate("not_measured.no_face")


def test_a_server_of_the_first_release_gets_its_own_reasons() -> None:
    verdict = {"rule": "yaw", "outcome": "not_measured", "min": None, "max": None, "reason": "not_measured.no_face"}
    payload = to_version_1({"version": 2, "verdicts": [verdict]}, "Submission")
    assert payload["verdicts"][0]["reason"] == "measure.no_face"
