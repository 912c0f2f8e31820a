"""Photo standards as text for a terminal: the list of them, and one with every number and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from config.i18n import Translations
from config.standards.loader import shipped_standards
from config.standards.schema import Output, PhotoStandard, Rule, Stage

_PER_CENT: Final = "share"
_NAMES: Final = 20  # columns for a rule's name; what is left holds the longest source on one line of 80
_FIRM: Final = "\u00a0"  # a space at which no line is broken


def listed(standards: Sequence[PhotoStandard], said: Translations) -> RenderableType:
    """A table, one row a standard."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("name", "output", "backgrounds", "rules", "origin"):
        table.add_column(said.translate(f"standards.{key}"), overflow="fold", ratio=1 if key == "name" else None)
    for each in standards:
        output = each.output
        origin = "shipped" if each.name in shipped_standards() else "own"
        table.add_row(
            Text(each.name, style="bold").append(f"\n{each.title}", style="not bold"),
            said.translate(
                "standards.size",
                width=output.width,
                height=output.height,
                low=output.bytes_low,
                high=output.bytes_high,
            ).replace(" ", _FIRM),
            ", ".join(output.backgrounds),
            str(len(each.rules)),
            said.translate(f"standards.{origin}"),
        )
        table.add_row()
    return table


def told(standard: PhotoStandard, said: Translations) -> RenderableType:
    """Everything that it says: the picture, what may be done to it, and its rules."""
    asked = standard.rules_for(Stage.PERSON)
    measured = {name: rule for name, rule in standard.rules.items() if name not in asked}
    return Group(
        Text(standard.title, style="bold"),
        _head(standard, said),
        Text(f"\n{said.translate('standards.machine_rules')} ({len(measured)})\n", style="bold"),
        _rules(measured, said),
        Text(f"{said.translate('standards.person_rules')} ({len(asked)})\n", style="bold"),
        _rules(asked, said),
    )


def band(rule: Rule, said: Translations) -> str:
    """The bounds with their unit: `50 to 110 px`, `60 or more`."""
    unit = _unit(rule.unit, said)
    low, high = _number(rule.low, rule.unit), _number(rule.high, rule.unit)
    if rule.low is None:
        return said.translate("standards.at_most", high=high, unit=unit)
    if rule.high is None:
        return said.translate("standards.at_least", low=low, unit=unit)
    return said.translate("standards.exactly" if low == high else "standards.between", low=low, high=high, unit=unit)


def _head(standard: PhotoStandard, said: Translations) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, value in _facts(standard, said):
        grid.add_row(said.translate(f"standards.{key}"), value)
    return grid


def _facts(standard: PhotoStandard, said: Translations) -> Iterator[tuple[str, str]]:
    yield "name", standard.name
    yield "version", standard.version
    if standard.extends:
        without = ", ".join(standard.without)
        key = "standards.extends.without" if without else "standards.extends.all"
        yield "extends", said.translate(key, base=standard.extends, without=without)
    yield "output", _output(standard.output, said)
    yield "backgrounds", ", ".join(_background(standard.output))
    operations = [said.translate(f"operation.{operation}") for operation in standard.allowed]
    yield "allowed", said.translate("standards.comma").join(operations) or said.translate("standards.nothing")
    yield "hash", standard.sha256


def _output(output: Output, said: Translations) -> str:
    return said.translate(
        "standards.output.says",
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        quality=output.quality_low,
        low=output.bytes_low,
        high=output.bytes_high,
    )


def _background(output: Output) -> Iterable[str]:
    """Every colour; the one that is taken unless another is asked for comes first."""
    names = sorted(output.backgrounds, key=lambda name: name != output.background)
    return (f"{name}{_FIRM}{output.backgrounds[name]}".replace(" ", _FIRM) for name in names)


def _rules(rules: dict[str, Rule], said: Translations) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=_NAMES, overflow="fold")
    grid.add_column(overflow="fold")
    for name, rule in rules.items():
        title = Text(said.translate(f"rule.{name}"), style="bold").append(f"\n{name}", style="dim not bold")
        grid.add_row(title, _asked(name, rule, said) if rule.by == "person" else _measured(rule, said))
    return grid


def _measured(rule: Rule, said: Translations) -> Text:
    text = Text(band(rule, said), style="bold")
    if rule.aim is not None:
        text.append(said.translate("standards.aim", aim=_number(rule.aim, rule.unit)), style="not bold")
    if rule.margin:
        text.append(said.translate("standards.margin", margin=_number(rule.margin, rule.unit)), style="not bold")
    stages = said.translate("standards.comma").join(said.translate(f"stage.{stage}") for stage in rule.stages)
    what = said.translate("standards.measured", what=said.translate(f"measured.{rule.measure}"), stages=stages)
    text.append(f"\n{what}\n", style="not bold")
    return text.append_text(_source(rule, said))


def _asked(name: str, rule: Rule, said: Translations) -> Text:
    return Text(said.translate(f"rule.{name}.question"), style="bold").append("\n").append_text(_source(rule, said))


def _source(rule: Rule, said: Translations) -> Text:
    text = Text(said.translate("standards.quote", quote=rule.quote), style="not bold")
    text.append(f"\n{rule.source} ({rule.retrieved})", style="dim not bold")
    if rule.basis:
        key = "standards.chosen" if rule.by == "machine" and not rule.certain else "standards.basis"
        text.append("\n" + said.translate(key, basis=rule.basis), style="not bold")
    return text.append("\n")


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value * (100 if unit == _PER_CENT else 1):.7g}"


def _unit(unit: str, said: Translations) -> str:
    key = f"in_unit.{unit}"
    if not said.has(key):
        return ""
    word = said.translate(key)
    return word if word in ("%", "°") else _FIRM + word
