"""Photo standards as text for a terminal: the list, and one standard with every number and its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from config.i18n import Translations
from config.standards.loader import shipped_standards
from config.standards.output import Output
from config.standards.rule import Rule, Stage
from config.standards.schema import Operation, PhotoStandard

_SHARE_UNIT: Final = "share"
_NAME_COLUMNS: Final = 20  # columns for a rule's name; the rest fits the longest source on one line of 80
_NO_BREAK_SPACE: Final = "\u00a0"  # a space at which no line is broken


def list_table(standards: Sequence[PhotoStandard], tr: Translations) -> RenderableType:
    """Return a table, one row per standard."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("name", "output", "backgrounds", "rules", "origin"):
        table.add_column(tr.translate(f"standards.{key}"), overflow="fold", ratio=1 if key == "name" else None)
    for each in standards:
        output = each.output
        origin = "shipped" if each.name in shipped_standards() else "own"
        table.add_row(
            Text(each.name, style="bold").append(f"\n{each.title}", style="not bold"),
            tr.translate(
                "standards.size",
                width=output.width,
                height=output.height,
                low=output.min_bytes,
                high=output.max_bytes,
            ).replace(" ", _NO_BREAK_SPACE),
            ", ".join(output.backgrounds),
            str(len(each.rules)),
            tr.translate(f"standards.{origin}"),
        )
        table.add_row()
    return table


def standard_details(standard: PhotoStandard, tr: Translations) -> RenderableType:
    """Return the whole standard: the picture, the allowed operations, and its rules."""
    prompts = standard.rules_for(Stage.PERSON)
    measured = {name: rule for name, rule in standard.rules.items() if name not in prompts}
    return Group(
        Text(standard.title, style="bold"),
        _facts_table(standard, tr),
        Text(f"\n{tr.translate('standards.machine_rules')} ({len(measured)})\n", style="bold"),
        _rules_table(measured, tr),
        Text(f"{tr.translate('standards.person_rules')} ({len(prompts)})\n", style="bold"),
        _rules_table(prompts, tr),
    )


def band_text(rule: Rule, tr: Translations) -> str:
    """Return the bounds with their unit: `50 to 110 px`, `60 or more`."""
    unit = _unit(rule.unit, tr)
    low, high = _number(rule.min, rule.unit), _number(rule.max, rule.unit)
    if rule.min is None:
        return tr.translate("standards.at_most", high=high, unit=unit)
    if rule.max is None:
        return tr.translate("standards.at_least", low=low, unit=unit)
    return tr.translate("standards.exactly" if low == high else "standards.between", low=low, high=high, unit=unit)


def _facts_table(standard: PhotoStandard, tr: Translations) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, value in _facts(standard, tr):
        grid.add_row(tr.translate(f"standards.{key}"), value)
    return grid


def _facts(standard: PhotoStandard, tr: Translations) -> Iterator[tuple[str, str]]:
    yield "name", standard.name
    yield "version", standard.version
    if standard.extends:
        without = ", ".join(standard.exclude)
        key = "standards.extends.exclude" if without else "standards.extends.all"
        yield "extends", tr.translate(key, base=standard.extends, without=without)
    yield "output", _output(standard.output, tr)
    yield "backgrounds", ", ".join(_background(standard.output))
    operations = [tr.translate(f"operation.{operation}") for operation in standard.allowed]
    yield "allowed", tr.translate("standards.comma").join(operations) or tr.translate("standards.nothing")
    limits = standard.extension
    if limits is not None and standard.permits(Operation.EXTEND_BACKGROUND):
        yield "extension", tr.translate("standards.extension.values", top=limits.max_top, side=limits.max_side)
    yield "hash", standard.sha256


def _output(output: Output, tr: Translations) -> str:
    return tr.translate(
        "standards.output.values",
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        quality=output.min_quality,
        low=output.min_bytes,
        high=output.max_bytes,
    )


def _background(output: Output) -> Iterable[str]:
    """Return all colours; the default one comes first."""
    names = sorted(output.backgrounds, key=lambda name: name != output.background)
    return (f"{name}{_NO_BREAK_SPACE}{output.backgrounds[name]}".replace(" ", _NO_BREAK_SPACE) for name in names)


def _rules_table(rules: dict[str, Rule], tr: Translations) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=_NAME_COLUMNS, overflow="fold")
    grid.add_column(overflow="fold")
    for name, rule in rules.items():
        title = Text(tr.translate(f"rule.{name}"), style="bold").append(f"\n{name}", style="dim not bold")
        grid.add_row(title, _prompt_text(name, rule, tr) if rule.by == "person" else _metric_text(rule, tr))
    return grid


def _metric_text(rule: Rule, tr: Translations) -> Text:
    text = Text(band_text(rule, tr), style="bold")
    if rule.target is not None:
        text.append(tr.translate("standards.target", target=_number(rule.target, rule.unit)), style="not bold")
    if rule.tolerance:
        text.append(tr.translate("standards.tolerance", tolerance=_number(rule.tolerance, rule.unit)), style="not bold")
    stages = tr.translate("standards.comma").join(tr.translate(f"stage.{stage}") for stage in rule.stages)
    what = tr.translate("standards.measured", what=tr.translate(f"metric.{rule.metric}"), stages=stages)
    text.append(f"\n{what}\n", style="not bold")
    return text.append_text(_source_text(rule, tr))


def _prompt_text(name: str, rule: Rule, tr: Translations) -> Text:
    return Text(tr.translate(f"rule.{name}.question"), style="bold").append("\n").append_text(_source_text(rule, tr))


def _source_text(rule: Rule, tr: Translations) -> Text:
    text = Text(tr.translate("standards.quote", quote=rule.quote), style="not bold")
    text.append(f"\n{rule.source} ({rule.retrieved})", style="dim not bold")
    if rule.rationale:
        key = "standards.own_number" if rule.by == "machine" and not rule.verbatim else "standards.rationale"
        text.append("\n" + tr.translate(key, rationale=rule.rationale), style="not bold")
    return text.append("\n")


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value * (100 if unit == _SHARE_UNIT else 1):.7g}"


def _unit(unit: str, tr: Translations) -> str:
    key = f"in_unit.{unit}"
    if not tr.has(key):
        return ""
    word = tr.translate(key)
    return word if word in ("%", "°") else _NO_BREAK_SPACE + word
