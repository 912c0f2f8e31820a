"""The settings of the screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from config.standards.registry import PhotoStandard

CodeInput = Literal["", "camera", "scanner", "keyboard"]


@dataclass(frozen=True)
class UiSettings:
    """`language` is that of a new visit; `standard` gives the outline; `pin_hash` is made by pin.hash_pin;
    `help_contact` is a plain text with the place or telephone number of the staff, the same in all languages.

    The operator page warns of a disk with fewer than `disk_warning_bytes` free, marks it as critical below
    `disk_critical_bytes`, and warns of a roster older than `roster_warning_hours`. `code_input` is the device for a
    student's code (keyboard: a scanner that types, if one is plugged in). `document_reading`: the camera reads the
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
    # A full campaign day is about 500 visits of roughly 10 MB; under 2 GB it may not fit, under 500 MB it does not.
    disk_warning_bytes: int = 2_000_000_000
    disk_critical_bytes: int = 500_000_000
    roster_warning_hours: float = 24.0
    code_input: CodeInput = ""
    has_card_reader: bool = True
    document_reading: bool = False
    student_no_keypad: bool = False
