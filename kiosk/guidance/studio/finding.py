"""A fault of the studio, as an instruction with the measured values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.settings.studio import Box

Value = float | int | str


@dataclass(frozen=True)
class Finding:
    """`key` is the message id (studio.*) and `values` are its values; `box` is the position in the frame.

    `arrow` is the side of the frame (left, right, up, down) for the correction, "" if there is none. `note` marks
    information that does not make a studio unfit.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    box: Box | None = None
    arrow: str = ""
    note: bool = False

    @property
    def name(self) -> str:
        """The key without its prefix, for programs."""
        return self.key.removeprefix("studio.")
