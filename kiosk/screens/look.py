"""What a station decides about its screens."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.standard import PhotoStandard


@dataclass(frozen=True)
class Look:
    """`language` is the one a new visit starts in; `standard` gives the outline; `pin_hash` is made by pin.hash_pin;
    `help` says in plain text whom to ask (a desk, a telephone number), in no language of ours."""

    language: str
    standard: PhotoStandard
    pin_hash: str = field(repr=False)
    station: str
    school: str = ""
    simulated: bool = False
    help: str = ""
    version: str = ""
