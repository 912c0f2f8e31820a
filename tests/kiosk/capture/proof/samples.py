"""A portrait, its signed recipe, and the proof that a school made of them."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any, Final

from kiosk.capture.proof.documents import Certificate, Proof, Receipt, SignedStatement
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.proof.signing import MadePortrait, recipe_text, sign_recipe

DAY: Final = date(2026, 5, 20)
SCHOOL: Final = SigningKey(bytes(range(32)))
STATION: Final = SigningKey(bytes(range(1, 33)))
PORTRAIT: Final = b"\xff\xd8 a portrait \xff\xd9"
ORIGINAL: Final = b"\xff\xd8 an original \xff\xd9"


def file_entry(content: bytes) -> dict[str, Any]:
    return {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


def recipe(**changes: Any) -> dict[str, Any]:
    """Return a recipe with everything that a statement names, and numbers that JSON libraries write differently."""
    return {
        "format": 3,
        "shot": file_entry(ORIGINAL),
        "crop": {"left": -0.0, "top": 1e-07, "width": 1e16, "height": 640, "scale": 0.1, "angle": 0.0},
        "standard": {"name": "chsi", "version": "2017-99/1", "sha256": "c" * 64},
        "repair": None,
        "portrait": file_entry(PORTRAIT),
        "verdicts": {"roll": {"outcome": "pass", "value": 0.5}},
        "camera": {"model": "冠 1", "simulated": False},
        **changes,
    }


def signed(
    signed_recipe: dict[str, Any] | None = None, simulated: bool = False, key: SigningKey = STATION
) -> SignedStatement:
    return sign_recipe(signed_recipe or recipe(), MadePortrait(DAY, simulated), key)


def proof(
    statement: SignedStatement | None = None,
    school: SigningKey = SCHOOL,
    text: str | None = None,
    receipt_day: date = DAY,
    **certificate: Any,
) -> Proof:
    """Return a proof; `certificate` changes values of the certificate before the school signs it."""
    statement = statement or signed()
    values: dict[str, Any] = {
        "holder": "station",
        "holder_name": "一号机",
        "key": statement.statement.key,
        "simulated": False,
        "valid_from": date(2026, 5, 1),
        "valid_until": date(2029, 5, 1),
        "issuer": school.public,
    }
    certified = Certificate(**{**values, **certificate})
    digest = sha256(statement.statement.to_bytes()).hexdigest()
    receipt = Receipt(statement=digest, day=receipt_day, issuer=school.public)
    return Proof(
        statement=statement.statement,
        statement_signature=statement.signature,
        certificate=certified,
        certificate_signature=school.sign(certified.to_bytes()),
        receipt=receipt,
        receipt_signature=school.sign(receipt.to_bytes()),
        recipe=recipe_text(recipe()) if text is None else text,
    )
