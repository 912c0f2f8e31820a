"""The signed documents: statement, certificate, receipt and list of revoked keys; and the proof, with the first three.

Each is a JSON object in the form of `canonical_json`, and its signature is made over exactly these bytes. `type` and
`version` are part of them, so that a signature of one kind is never valid for another.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import Problem
from kiosk.capture.proof.canonical import canonical_json
from kiosk.capture.proof.keys import PublicKey, Signature

MAX_PROOF_BYTES: Final = 192 << 10
VERSION: Final = 1
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, lt=1 << 40)]
Word = Annotated[str, Field(max_length=120)]
Operation = Literal[
    "crop", "rotate", "scale", "background", "colour", "encoding", "matte_repair", "spill_repair", "other_program"
]
OPERATIONS_ON_THE_WIRE: Final = get_args(Operation)


class Document(BaseModel):
    """Base class: strict, so that the bytes of a document have one reading and its values one form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: ClassVar[str]

    def to_bytes(self) -> bytes:
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse the bytes of `to_bytes`. Raises Problem: proof.newer, proof.unreadable (also if the bytes differ
        from those of `to_bytes` in form alone)."""
        try:
            kind = _Kind.model_validate_json(data)
            if kind.type == cls.name and kind.version > VERSION:
                raise Problem("proof.newer", version=kind.version)
            document = cls.model_validate_json(data)
            if document.to_bytes() != data:
                raise Problem("proof.unreadable")
        except (ValidationError, ValueError) as error:
            raise Problem("proof.unreadable") from error
        return document


class _Kind(BaseModel):
    type: str
    version: int


class FileHash(BaseModel):
    """A file by its SHA-256, and its size in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    sha256: Sha256
    bytes: Size


class StandardName(BaseModel):
    """The photo standard by which the portrait was made; `sha256` is that of its whole content."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: Word
    version: Word
    sha256: Sha256


class Statement(Document):
    """How a portrait was made, signed by its maker. It names no person.

    `recipe` is the SHA-256 of the recipe's text, None after `other_program`. `day` is that on which the portrait was
    made, by the maker's clock. `key` is the maker's public key. `simulated`: no real camera.
    """

    name = "zhengguan-statement"
    type: Literal["zhengguan-statement"] = "zhengguan-statement"
    version: Literal[1] = 1
    portrait: FileHash
    original: FileHash
    recipe: Sha256 | None
    operations: tuple[Operation, ...]
    standard: StandardName | None
    day: date
    simulated: bool
    key: PublicKey


class Certificate(Document):
    """The holder of a key, signed by the school (`issuer`, a public key). `holder_name` is the name of the station, or
    the host name of the server; `simulated`: the holder had no real camera. The key may sign statements of `valid_from`
    to `valid_until`, both included."""

    name = "zhengguan-certificate"
    type: Literal["zhengguan-certificate"] = "zhengguan-certificate"
    version: Literal[1] = 1
    holder: Literal["station", "server"]
    holder_name: Word
    key: PublicKey
    simulated: bool
    valid_from: date
    valid_until: date
    issuer: PublicKey


class Receipt(Document):
    """Confirms that the school's server had the statement (its SHA-256) on `day`, by the server's clock; signed by the
    school."""

    name = "zhengguan-receipt"
    type: Literal["zhengguan-receipt"] = "zhengguan-receipt"
    version: Literal[1] = 1
    statement: Sha256
    day: date
    issuer: PublicKey


class Proof(Document):
    """The file for a third party. `recipe` is its text, without verdicts; "" if there is none."""

    name = "zhengguan-proof"
    type: Literal["zhengguan-proof"] = "zhengguan-proof"
    version: Literal[1] = 1
    statement: Statement
    statement_signature: Signature
    certificate: Certificate
    certificate_signature: Signature
    receipt: Receipt
    receipt_signature: Signature
    recipe: Annotated[str, Field(max_length=MAX_PROOF_BYTES)]


class RevokedKey(BaseModel):
    """Statements of this key that are dated after `last_day` are not valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    key: PublicKey
    holder_name: Word
    last_day: date


class Revocations(Document):
    """The revoked keys of a school, signed by it."""

    name = "zhengguan-revocations"
    type: Literal["zhengguan-revocations"] = "zhengguan-revocations"
    version: Literal[1] = 1
    day: date
    keys: tuple[RevokedKey, ...]
    issuer: PublicKey


class SignedRevocations(Document):
    """The file of the revoked keys."""

    name = "zhengguan-revocation-file"
    type: Literal["zhengguan-revocation-file"] = "zhengguan-revocation-file"
    version: Literal[1] = 1
    revocations: Revocations
    signature: Signature


class SignedStatement(BaseModel):
    """A statement with its signature, in the entry `signed` of a recipe that a station sends to the server."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    statement: Statement
    signature: Signature

    def as_entry(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
