"""Where the hair begins (kiosk.guidance.crown, which live frames are read by as well)."""

from __future__ import annotations

from kiosk.guidance.crown import crown, crown_of_mask

__all__ = ["crown", "crown_of_mask"]
