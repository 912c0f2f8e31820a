"""Format values and bands for people: `73 px`, `50 – 110 px`, `33 %`, `39.3 KB`."""

from __future__ import annotations

from typing import Final

from config.i18n import Translations
from kiosk.guidance.verdict import Verdict

# By unit of a standard: the factor, the symbol, and the decimals. None: as many as needed.
_UNIT_FORMATS: Final[dict[str, tuple[float, str, int | None]]] = {
    "px": (1.0, "px", 0),
    "deg": (1.0, "°", 1),
    "share": (100.0, "%", 0),
    "byte": (0.001, "KB", 1),
    "dpi": (1.0, "dpi", 0),
    "bit": (1.0, "bit", 0),
    "level": (1.0, "", 1),
}
_MAX_DECIMALS: Final = 3  # used where fewer decimals would hide on which side of a bound a value is


def format_number(value: float, unit: str, decimals: int | None = None) -> str:
    """Return `value` as a number in its unit, with a minus sign and without the unit's symbol and trailing zeros."""
    factor, _, usual = _UNIT_FORMATS.get(unit, (1.0, "", None))
    shown = value * factor
    digits = decimals if decimals is not None else usual
    if digits is None:
        digits = 0 if shown == int(shown) else 2
    text = f"{shown:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "−")


def unit_suffix(unit: str) -> str:
    """Return the unit's symbol with the space in front of it; empty for a plain number."""
    symbol = _UNIT_FORMATS.get(unit, (1.0, "", None))[1]
    return symbol if symbol in ("", "°") else f" {symbol}"


def format_value(verdict: Verdict) -> str:
    """Return the measured value with its unit; a dash for none. A value outside its band is never equal in print to
    the bound."""
    if verdict.value is None:
        return "–"
    bounds = [bound for bound in (verdict.min, verdict.max) if bound is not None and bound != verdict.value]
    usual = _UNIT_FORMATS.get(verdict.unit, (1.0, "", None))[2]
    digits = 2 if usual is None else usual
    places = usual
    while digits < _MAX_DECIMALS and format_number(verdict.value, verdict.unit, places) in [
        format_bound(b, verdict.unit) for b in bounds
    ]:
        digits += 1
        places = digits
    return format_number(verdict.value, verdict.unit, places) + unit_suffix(verdict.unit)


def format_bound(bound: float, unit: str) -> str:
    """Return a bound as in the standard."""
    return format_number(bound, unit, _UNIT_FORMATS["byte"][2] if unit == "byte" else _MAX_DECIMALS)


def format_band(verdict: Verdict, translations: Translations) -> str:
    """Return the band of the rule: `50 – 110 px`, `at least 60`, `at most 2`, `480 px`."""
    unit = verdict.unit
    if verdict.min is not None and verdict.max is not None:
        low, high = format_bound(verdict.min, unit), format_bound(verdict.max, unit)
        if verdict.min == verdict.max:
            return low + unit_suffix(unit)
        if verdict.min == -verdict.max:
            return f"±{high}{unit_suffix(unit)}"
        return f"{low} – {high}{unit_suffix(unit)}"
    if verdict.min is None and verdict.max == 0:
        return "0" + unit_suffix(unit)
    if verdict.min is not None:
        return translations.translate("sheet.at_least", bound=format_bound(verdict.min, unit) + unit_suffix(unit))
    if verdict.max is not None:
        return translations.translate("sheet.at_most", bound=format_bound(verdict.max, unit) + unit_suffix(unit))
    return ""
