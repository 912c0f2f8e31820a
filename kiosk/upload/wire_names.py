"""Field names of wire version 1, which 86a4649 uses, and their translation from and to the present names.

Reading accepts both names everywhere, because the same values are also stored: in encrypted file headers, in the outbox
and in the roster file. Writing uses the present names, and version 1 for a peer that announces no newer version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import AliasChoices, AliasGenerator

from config.renamed_messages import first_release_message_id

FIRST_RENAMED_VERSION: Final = 2
"""From this wire version on a peer reads the present names."""
NAMES_OF_VERSION_1: Final[Mapping[str, Mapping[str, str]]] = {
    "Submission": {
        "ending": "outcome",
        "trouble": "error",
        "retaken": "discarded_shots",
        "clock_ahead": "clock_offset_seconds",
    },
    "Consent": {"asked": "prompts_shown"},
    "VerdictPayload": {"low": "min", "high": "max"},
    "RosterPayload": {"drawn_at": "generated_at", "hashing": "number_hashing", "progress_base": "progress_base_url"},
    "CampaignPayload": {"opens": "opens_at", "closes": "closes_at"},
    "StudentPayload": {"number_hash": "id_number_hmac"},
}
"""Old name -> present name, by payload class."""
NOT_IN_FIRST_RELEASE: Final = frozenset(
    {"also_for", "progress_token", "last_four", "last_four_confirmed", "clock_offset_seconds", "origin"}
)
"""Fields of a Submission that 86a4649 lacks; it rejects an envelope that has one."""
_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "Submission": {"consent": "Consent", "verdicts": "VerdictPayload"},
    "RosterPayload": {"campaigns": "CampaignPayload", "students": "StudentPayload"},
}
"""Fields that hold another payload or a list of payloads, by payload class."""


def both_names(kind: str) -> AliasGenerator:
    """Let the payload class `kind` be read by both names of its fields; if both occur, the present one is used.

    Aliases cost nothing in pydantic's compiled validation; a validator in Python took half of the time of a roster.
    """
    old_names = {present: old for old, present in NAMES_OF_VERSION_1[kind].items()}
    return AliasGenerator(
        validation_alias=lambda name: AliasChoices(name, old_names[name]) if name in old_names else name
    )


def from_version_1(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Translate stored JSON of class `kind` and the payloads inside it, without validating it."""
    parts = _PARTS.get(kind, {})
    current = {name: _each(value, parts.get(name), from_version_1) for name, value in values.items()}
    names = NAMES_OF_VERSION_1.get(kind, {})
    renamed = {names[name]: value for name, value in current.items() if name in names}
    return {**renamed, **{name: value for name, value in current.items() if name not in names}}


def to_version_1(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Translate the JSON of a payload of class `kind` for a peer that reads version 1 only."""
    parts, names = _PARTS.get(kind, {}), {new: old for old, new in NAMES_OF_VERSION_1.get(kind, {}).items()}
    renamed = {names.get(name, name): _each(value, parts.get(name), to_version_1) for name, value in values.items()}
    if kind == "VerdictPayload" and "reason" in renamed:
        renamed["reason"] = first_release_message_id(renamed["reason"])
    return {**renamed, "version": 1} if "version" in renamed else renamed


def _each(value: Any, kind: str | None, translate: Any) -> Any:
    if kind is None:
        return value
    if isinstance(value, list | tuple):
        return [translate(item, kind) if isinstance(item, Mapping) else item for item in value]
    return translate(value, kind) if isinstance(value, Mapping) else value
