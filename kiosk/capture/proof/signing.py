"""Sign a portrait: a statement made of its recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from kiosk.capture.proof.canonical import canonical_json
from kiosk.capture.proof.documents import FileHash, SignedStatement, StandardName, Statement
from kiosk.capture.proof.keys import SigningKey, is_signed
from kiosk.capture.proof.operations import OTHER_PROGRAM, STANDARD_OPERATIONS, operations_of

ENTRY: Final = "signed"
"""The entry of a recipe with its SignedStatement."""
_EXCLUDED: Final = (ENTRY, "verdicts")
"""Verdicts are measurements of a face, which are not needed to make the portrait again."""
_RECIPE_ERRORS: Final = (KeyError, TypeError, AttributeError, ValueError)
"""The errors of a recipe of another form; pydantic's ValidationError is a ValueError."""


@dataclass(frozen=True)
class MadePortrait:
    """The facts in a statement that are not taken from the recipe; `day` is by the clock of the portrait's maker."""

    day: date
    simulated: bool


def recipe_text(recipe: Mapping[str, Any]) -> str:
    """Return the text of a recipe that a proof has: everything that determines the bytes of the portrait."""
    return canonical_json({name: value for name, value in recipe.items() if name not in _EXCLUDED}).decode()


def text_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def sign_recipe(recipe: Mapping[str, Any], made: MadePortrait, key: SigningKey) -> SignedStatement:
    """Sign the portrait that this recipe made. Raises ValueError if the recipe is not one of this engine."""
    try:
        standard = recipe["standard"]
        statement = Statement(
            portrait=_file_hash(recipe["portrait"]),
            original=_file_hash(recipe["shot"]),
            recipe=text_sha256(recipe_text(recipe)),
            operations=operations_of(recipe),  # type: ignore[arg-type]  # each is one of OPERATIONS
            standard=StandardName(name=standard["name"], version=standard["version"], sha256=standard["sha256"]),
            day=made.day,
            simulated=made.simulated,
            key=key.public,
        )
    except _RECIPE_ERRORS as error:
        raise ValueError(f"the recipe cannot be signed: {type(error).__name__}") from error
    return _signed(statement, key)


def sign_edited(portrait: FileHash, original: FileHash, made: MadePortrait, key: SigningKey) -> SignedStatement:
    """Sign a portrait that was edited with another program: nobody recorded what was done."""
    operations = (*STANDARD_OPERATIONS, OTHER_PROGRAM)
    statement = Statement(
        portrait=portrait,
        original=original,
        recipe=None,
        operations=operations,  # type: ignore[arg-type]
        standard=None,
        day=made.day,
        simulated=made.simulated,
        key=key.public,
    )
    return _signed(statement, key)


def read_signed(recipe: Mapping[str, Any]) -> SignedStatement | None:
    """Return the signed statement in a recipe, None if there is none. Raises ValueError if it is malformed."""
    entry = recipe.get(ENTRY)
    if entry is None:
        return None
    try:
        return SignedStatement.model_validate_json(canonical_json(entry))
    except ValidationError as error:
        raise ValueError("the signed statement is malformed") from error


def matches_recipe(signed: SignedStatement, recipe: Mapping[str, Any]) -> bool:
    """Return whether the signature is valid and the statement is about this recipe."""
    statement = signed.statement
    try:
        same = (text_sha256(recipe_text(recipe)), operations_of(recipe)) == (statement.recipe, statement.operations)
        same = same and _file_hash(recipe["portrait"]) == statement.portrait
        same = same and _file_hash(recipe["shot"]) == statement.original
    except _RECIPE_ERRORS:
        return False
    return same and is_signed(statement.to_bytes(), signed.signature, statement.key)


def _signed(statement: Statement, key: SigningKey) -> SignedStatement:
    return SignedStatement(statement=statement, signature=key.sign(statement.to_bytes()))


def _file_hash(entry: Mapping[str, Any]) -> FileHash:
    return FileHash(sha256=entry["sha256"], bytes=entry["bytes"])
