"""A campaign whose photo standard this station has, and one whose standard is missing."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.upload.roster_payload import CampaignPayload
from kiosk.visit.campaign_standard import campaign_standard
from kiosk.visit.step import Step
from tests.kiosk.visit.harness import CARD, NOW, FakeRoster, VisitHarness
from tests.message_checks import assert_sentence


def campaign(standard: str, background: str = "blue") -> CampaignPayload:
    original = FakeRoster().find("", NOW).campaign
    return original.model_copy(update={"standard": standard, "background": background})


def test_a_standard_of_the_school_is_read_from_its_folder(tmp_path: Path) -> None:
    own = 'name = "ours"\ntitle = "本校"\nversion = "1"\nextends = "chsi"\n'
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")
    loaded = campaign_standard(campaign("ours", "grey"), tmp_path)
    assert (loaded.name, loaded.output.background) == ("ours", "grey")
    with pytest.raises(Problem):
        campaign_standard(campaign("ours", "grey"))


def test_the_reason_is_logged_for_the_operator(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("wide = 3\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR), pytest.raises(Problem) as problem:
        campaign_standard(campaign("ours"), tmp_path)
    assert problem.value.key == "station.no_standard"
    assert "ours.toml" in caplog.text
    assert "wide" not in str(problem.value)


@pytest.mark.parametrize("wrong", [campaign("of-another-school"), campaign("chsi", "pink")])
def test_the_student_is_rejected_before_consent(
    wrong: CampaignPayload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = VisitHarness(tmp_path)
    enrolment = replace(FakeRoster().find("", NOW), campaign=wrong)
    monkeypatch.setattr(studio.roster, "find", lambda number, now: enrolment)
    try:
        studio.controller.on_card(CARD)
        studio.controller.process_events()
        assert studio.step is Step.IDENTIFY
        assert_sentence(studio.controller.state.notice, "station.no_standard")
    finally:
        studio.controller.close()
        studio.outbox.close()
