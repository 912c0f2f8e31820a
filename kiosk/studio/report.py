"""A studio check as text (headline and findings) and as JSON."""

from __future__ import annotations

import json

from config.i18n import Translations
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.setup_check import SetupCheck


def headline(set_up: SetupCheck, words: Translations) -> str:
    """Return what was checked, and when."""
    kind = words.translate(f"studio.kind.{set_up.kind.value}")
    return words.translate("studio.command.heading", kind=kind, time=f"{set_up.at:%Y-%m-%d %H:%M}")


def sentence(finding: Finding, words: Translations) -> str:
    sentence_text = words.translate(finding.key, **finding.values)
    return words.translate("studio.note", finding=sentence_text) if finding.note else sentence_text


def as_text(set_up: SetupCheck, words: Translations) -> str:
    """Return the headline and a line for each finding, ending in a line break."""
    lines = [f"{number}. {sentence(finding, words)}" for number, finding in enumerate(set_up.findings, 1)]
    return "\n".join([headline(set_up, words), *(lines or [words.translate("studio.all_good")])]) + "\n"


def as_json_line(set_up: SetupCheck, words: Translations) -> str:
    """Return one line of JSON: names and values for programs, sentences for people."""
    findings = [
        {
            "name": finding.name,
            "values": dict(finding.values),
            "box": finding.box,
            "side": finding.arrow,
            "note": finding.note,
            "says": words.translate(finding.key, **finding.values),
        }
        for finding in set_up.findings
    ]
    report = {
        "at": set_up.at.isoformat(timespec="seconds"),
        "kind": set_up.kind.value,
        "camera": set_up.camera,
        "findings": findings,
        "figures": {name: round(value, 4) for name, value in set_up.figures.items()},
    }
    return json.dumps(report, ensure_ascii=False) + "\n"
