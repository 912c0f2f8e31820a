"""The number that students call: the campaign's help line, else that of its school."""

from __future__ import annotations

from dataclasses import dataclass

from server.core.language import localized
from server.records.models import Campaign


@dataclass(frozen=True)
class HelpLine:
    """A telephone number or other contact, and when somebody answers."""

    line: str
    hours: str = ""

    @property
    def phone(self) -> str:
        """The number for a `tel:` link; "" if the line is not a telephone number alone."""
        digits = "".join(character for character in self.line if character.isdecimal())
        rest = self.line.strip().removeprefix("+")
        plain = not set(rest) - set("0123456789 -()（）")
        return ("+" if self.line.strip().startswith("+") else "") + digits if plain and len(digits) >= 3 else ""


def help_line_of(campaign: Campaign, language: str) -> HelpLine | None:
    for row in (campaign, campaign.school):
        if row.help_line:
            return HelpLine(row.help_line, localized(row, "help_hours", language))
    return None
