"""One thing that is not right in the studio, as an instruction with what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.settings.studio import Box

Value = float | int | str


@dataclass(frozen=True)
class Finding:
    """`key` is its sentence (studio.*), filled from `values`; `box` is where in the frame it was seen.

    `arrow` is the side of the frame (left, right, up, down) that something should be done on, "" where there is none.
    `note` marks what is worth knowing but does not make a studio unfit.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    box: Box | None = None
    arrow: str = ""
    note: bool = False

    @property
    def name(self) -> str:
        """The key without its room: what machines know it by."""
        return self.key.removeprefix("studio.")
