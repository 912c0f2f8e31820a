"""A photo standard: the output file, the allowed operations on pixels, and the rules with their sources."""

from __future__ import annotations

import json
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from config.errors import Problem
from config.renamed_keys import PHOTO_STANDARD, rename_keys
from config.standards.base import NonEmptyText, StrictModel, invalid_standard
from config.standards.consistency import check_consistency, check_messages
from config.standards.extension import ExtensionLimits
from config.standards.output import Output
from config.standards.rule import Rule, Stage

_FIRST_RELEASE_KEYS: Final = {new: old for old, new in PHOTO_STANDARD.items()}
NAME_PATTERN: Final = r"^\w[\w-]{0,39}$"


class Operation(StrEnum):
    """The operations of the engine on the pixels of a shot.

    Applying the camera's orientation (EXIF) belongs to decoding and is not ROTATE. EXTEND_BACKGROUND adds rows or
    columns of the new background where the picture ends too early; nothing of the person is added.
    """

    CROP = "crop"
    SCALE = "scale"
    ROTATE = "rotate"
    BACKGROUND = "background"
    COLOUR_MANAGEMENT = "colour_management"
    ENCODE = "encode"
    EXTEND_BACKGROUND = "extend_background"


class PhotoStandard(StrictModel):
    """A photo standard: its output file, the allowed operations, and its rules by name.

    `extends` names the standard from which it inherits, `exclude` the rules that it does not inherit. `extension`
    limits how far the background may be extended, and is required where the operation is allowed.
    """

    name: Annotated[str, Field(strict=True, pattern=NAME_PATTERN)]
    title: NonEmptyText
    version: NonEmptyText
    extends: Annotated[str, Field(strict=True)] = ""
    exclude: tuple[NonEmptyText, ...] = ()
    allowed: tuple[Operation, ...]
    output: Output
    extension: ExtensionLimits | None = None
    rules: Annotated[dict[str, Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _validate(self) -> PhotoStandard:
        if self.permits(Operation.EXTEND_BACKGROUND) and self.extension is None:
            raise invalid_standard("missing", "extension")
        check_messages(self.rules)
        check_consistency(self.output, self.rules)
        return self

    def rules_for(self, stage: Stage) -> dict[str, Rule]:
        """Return the rules evaluated at `stage`, in the order of the file."""
        return {name: rule for name, rule in self.rules.items() if stage in rule.stages}

    def permits(self, operation: Operation) -> bool:
        """Return whether the standard allows this operation."""
        return operation in self.allowed

    def require(self, operation: Operation) -> None:
        """Raise Problem if the standard does not allow the operation; call it before changing pixels."""
        if not self.permits(operation):
            raise Problem(
                "problem.standard.forbidden",
                standard=self.name,
                operation=operation.value,
                allowed=", ".join(self.allowed) or "-",
            )

    @property
    def sha256(self) -> str:
        """Hash the whole content with its chosen background, without comments and layout.

        It is computed with the keys of the first release: recipes contain it, and renamed keys must not change it.
        """
        content = rename_keys(self.content(), _FIRST_RELEASE_KEYS)
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Return the whole content in plain JSON types."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def with_background(self, name: str) -> PhotoStandard:
        """Return the same standard with another of its background colours."""
        if name not in self.output.backgrounds:
            raise Problem(
                "problem.standard.background",
                name=name,
                standard=self.name,
                known=", ".join(self.output.backgrounds),
            )
        return self.model_copy(update={"output": self.output.model_copy(update={"background": name})})
