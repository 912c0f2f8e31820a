"""Photo standards as text for a terminal: the list of them, and one with every number and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from config.i18n import Words
from config.standards.loader import shipped
from config.standards.schema import Output, PhotoStandard, Rule, Stage

_PER_CENT: Final = "share"
_NAMES: Final = 20  # columns for a rule's name; what is left holds the longest source on one line of 80
_FIRM: Final = "\u00a0"  # a space at which no line is broken


def listed(standards: Sequence[PhotoStandard], said: Words) -> RenderableType:
    """A table, one row a standard."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("name", "output", "backgrounds", "rules", "origin"):
        table.add_column(said.say(f"standards.{key}"), overflow="fold", ratio=1 if key == "name" else None)
    for each in standards:
        output = each.output
        origin = "shipped" if each.name in shipped() else "own"
        table.add_row(
            Text(each.name, style="bold").append(f"\n{each.title}", style="not bold"),
            said.say(
                "standards.size",
                width=output.width,
                height=output.height,
                low=output.bytes_low,
                high=output.bytes_high,
            ).replace(" ", _FIRM),
            ", ".join(output.backgrounds),
            str(len(each.rules)),
            said.say(f"standards.{origin}"),
        )
        table.add_row()
    return table


def told(standard: PhotoStandard, said: Words) -> RenderableType:
    """Everything that it says: the picture, what may be done to it, and its rules."""
    asked = standard.asked(Stage.PERSON)
    measured = {name: rule for name, rule in standard.rules.items() if name not in asked}
    return Group(
        Text(standard.title, style="bold"),
        _head(standard, said),
        Text(f"\n{said.say('standards.machine_rules')} ({len(measured)})\n", style="bold"),
        _rules(measured, said),
        Text(f"{said.say('standards.person_rules')} ({len(asked)})\n", style="bold"),
        _rules(asked, said),
    )


def band(rule: Rule, said: Words) -> str:
    """The bounds with their unit: `50 to 110 px`, `60 or more`."""
    unit = _unit(rule.unit, said)
    low, high = _number(rule.low, rule.unit), _number(rule.high, rule.unit)
    if rule.low is None:
        return said.say("standards.at_most", high=high, unit=unit)
    if rule.high is None:
        return said.say("standards.at_least", low=low, unit=unit)
    return said.say("standards.exactly" if low == high else "standards.between", low=low, high=high, unit=unit)


def _head(standard: PhotoStandard, said: Words) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, value in _facts(standard, said):
        grid.add_row(said.say(f"standards.{key}"), value)
    return grid


def _facts(standard: PhotoStandard, said: Words) -> Iterator[tuple[str, str]]:
    yield "name", standard.name
    yield "version", standard.version
    if standard.extends:
        without = ", ".join(standard.without)
        key = "standards.extends.without" if without else "standards.extends.all"
        yield "extends", said.say(key, base=standard.extends, without=without)
    yield "output", _output(standard.output, said)
    yield "backgrounds", ", ".join(_background(standard.output))
    operations = [said.say(f"operation.{operation}") for operation in standard.allowed]
    yield "allowed", said.say("standards.comma").join(operations) or said.say("standards.nothing")
    yield "hash", standard.sha256


def _output(output: Output, said: Words) -> str:
    return said.say(
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


def _rules(rules: dict[str, Rule], said: Words) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=_NAMES, overflow="fold")
    grid.add_column(overflow="fold")
    for name, rule in rules.items():
        title = Text(said.say(f"rule.{name}"), style="bold").append(f"\n{name}", style="dim not bold")
        grid.add_row(title, _asked(name, rule, said) if rule.by == "person" else _measured(rule, said))
    return grid


def _measured(rule: Rule, said: Words) -> Text:
    text = Text(band(rule, said), style="bold")
    if rule.aim is not None:
        text.append(said.say("standards.aim", aim=_number(rule.aim, rule.unit)), style="not bold")
    if rule.margin:
        text.append(said.say("standards.margin", margin=_number(rule.margin, rule.unit)), style="not bold")
    stages = said.say("standards.comma").join(said.say(f"stage.{stage}") for stage in rule.stages)
    what = said.say("standards.measured", what=said.say(f"measured.{rule.measure}"), stages=stages)
    text.append(f"\n{what}\n", style="not bold")
    return text.append_text(_source(rule, said))


def _asked(name: str, rule: Rule, said: Words) -> Text:
    return Text(said.say(f"rule.{name}.question"), style="bold").append("\n").append_text(_source(rule, said))


def _source(rule: Rule, said: Words) -> Text:
    text = Text(said.say("standards.quote", quote=rule.quote), style="not bold")
    text.append(f"\n{rule.source} ({rule.retrieved})", style="dim not bold")
    if rule.basis:
        key = "standards.chosen" if rule.by == "machine" and not rule.certain else "standards.basis"
        text.append("\n" + said.say(key, basis=rule.basis), style="not bold")
    return text.append("\n")


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value * (100 if unit == _PER_CENT else 1):.7g}"


def _unit(unit: str, said: Words) -> str:
    key = f"in_unit.{unit}"
    if not said.has(key):
        return ""
    word = said.say(key)
    return word if word in ("%", "°") else _FIRM + word
