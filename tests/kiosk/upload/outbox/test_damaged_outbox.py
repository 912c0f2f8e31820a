"""An outbox with flipped bits, zeroed pages or a missing end: no photo is lost, and all 20 visits are queued.

All 270 copies: `python -m tests.bench.damaged_outbox`.
"""

from __future__ import annotations

from pathlib import Path

from tests.kiosk.upload.damaged_copies import FEW, problems


def test_no_damage_loses_a_photo_or_a_visit(tmp_path: Path) -> None:
    assert list(problems(FEW, tmp_path)) == []
