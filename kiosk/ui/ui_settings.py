"""What a station decides about its screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from config.standards.registry import PhotoStandard

CodeInput = Literal["", "camera", "scanner", "keyboard"]


@dataclass(frozen=True)
class UiSettings:
    """`language` is the one a new visit starts in; `standard` gives the outline; `pin_hash` is made by pin.hash_pin;
    `help_contact` says in plain text whom to ask (a desk, a telephone number), in no language of ours.

    The operator page warns of a disk with fewer than `disk_warning_bytes` free, marks it as critical below
    `disk_critical_bytes`, and warns of a roster older than `roster_warning_hours`. `code_input` is what a student may
    show a code to (keyboard: a scanner that types, if one is plugged in). `document_reading`: the camera reads the
    document of a student without a card. `student_no_keypad`: a student number may be typed on the screen.
    """

    language: str
    standard: PhotoStandard
    pin_hash: str = field(repr=False)
    station: str
    school: str = ""
    simulated: bool = False
    help_contact: str = ""
    version: str = ""
    # A full campaign day is about 500 sittings of roughly 10 MB; under 2 GB it may not fit, under 500 MB it does not.
    disk_warning_bytes: int = 2_000_000_000
    disk_critical_bytes: int = 500_000_000
    roster_warning_hours: float = 24.0
    code_input: CodeInput = ""
    has_card_reader: bool = True
    document_reading: bool = False
    student_no_keypad: bool = False
