"""`zhengguan photo compare`: detect whether a retoucher changed the face of a portrait."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import Problem
from config.i18n import Translations, translations
from kiosk.capture.retouch import messages
from kiosk.guidance.verdict import Outcome
from kiosk.tools.photo.shots import printable, reject_input_as_output

if TYPE_CHECKING:
    from kiosk.capture.retouch.findings import Finding
    from kiosk.capture.retouch.guard import Comparison


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("compare", help="compare.help", description="compare.description")
    parser.add_argument("own", type=Path, metavar="OWN", help="compare.own")
    parser.add_argument("retouched", type=Path, metavar="RETOUCHED", help="compare.retouched")
    parser.add_argument("--json", action="store_true", help="compare.json")
    parser.add_argument("--picture", type=Path, metavar="OUT", help="compare.picture")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if the face is unchanged, 1 if it was changed or a person must review it. Raises Problem if a file
    cannot be read or the picture cannot be written."""
    from kiosk.capture.retouch.guard import compare  # slow to import, and not needed for a wrong path
    from kiosk.guidance.detection.landmarks import FaceFinder

    if arguments.picture:
        reject_input_as_output(arguments.picture, (arguments.own, arguments.retouched))
    own, retouched = _read(arguments.own), _read(arguments.retouched)
    finder = FaceFinder(still=True)
    try:
        comparison = compare(own, retouched, finder)
    finally:
        finder.close()
    tr = translations(arguments.language)
    if arguments.picture:
        _draw_picture(arguments.picture, own, retouched, comparison, tr)
    if arguments.json:
        print(json.dumps(as_json(comparison, tr), ensure_ascii=False, indent=2))
    else:
        for line in report_lines(comparison, tr):
            print(line)
    return 0 if comparison.verdict is Outcome.PASS else 1


def report_lines(comparison: Comparison, tr: Translations) -> list[str]:
    """Return the text: the verdict first, then a line per finding."""
    return [
        verdict_text(comparison, tr),
        *(f"  {n}. {finding_text(f, tr)}" for n, f in enumerate(comparison.findings, 1)),
    ]


def verdict_text(comparison: Comparison, tr: Translations) -> str:
    return tr.translate(f"retouch.verdict.{comparison.verdict}")


def finding_text(finding: Finding, tr: Translations) -> str:
    """Return the sentence of one finding, for the retoucher."""
    return messages.finding_text(finding.kind, finding.place, finding.outcome, tr)


def as_json(comparison: Comparison, tr: Translations) -> dict[str, Any]:
    """Return everything as plain JSON types; boxes are left, top, right, bottom in pixels of the retouched picture."""
    place = comparison.place
    return {
        "verdict": comparison.verdict.value,
        "sentence": verdict_text(comparison, tr),
        "findings": [
            {
                "kind": finding.kind,
                "place": finding.place,
                "outcome": finding.outcome.value,
                "value": round(finding.value, 4),
                "limit": finding.limit,
                "box": list(finding.box),
                "sentence": finding_text(finding, tr),
            }
            for finding in comparison.findings
        ],
        "saved": comparison.saved,
        "placed": {
            "scale": round(place.scale, 5),
            "rotation_degrees": round(place.roll, 3),
            "right_px": round(place.x, 3),
            "down_px": round(place.y, 3),
        },
        "figures": {name: round(value, 4) for name, value in comparison.figures.items()},
    }


def _draw_picture(path: Path, own: bytes, retouched: bytes, comparison: Comparison, tr: Translations) -> None:
    from kiosk.capture.retouch.comparison_picture import comparison_picture

    sentences = [finding_text(finding, tr) for finding in comparison.findings]
    picture = comparison_picture(own, retouched, comparison, verdict_text(comparison, tr), sentences, tr)
    try:
        picture.save(path)
    except (OSError, ValueError) as error:  # ValueError: a file name without a known format
        raise Problem("compare.not_written", path=printable(str(path)), why=str(error)) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
