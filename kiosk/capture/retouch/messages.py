"""The sentence of a finding of the retouch guard. Imports no engine, so that a server's pages can show stored ones."""

from __future__ import annotations

from config.i18n import Translations


def finding_text(kind: str, place: str, outcome: str, tr: Translations) -> str:
    """Return the sentence for the retoucher; if a person must decide, it begins with a request to look."""
    sentence = tr.translate(f"retouch.{kind}", place=tr.translate(f"retouch.place.{place}"))
    if outcome == "unsure":
        return tr.translate("retouch.look", sentence=sentence)
    return sentence[:1].upper() + sentence[1:]
