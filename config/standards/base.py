"""Strict field types of photo standards, and the error for an invalid key."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

NonEmptyText = Annotated[str, Field(strict=True, min_length=1)]
Integer = Annotated[int, Field(strict=True)]
FiniteFloat = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def invalid_standard(kind: str, at: str = "", **values: object) -> PydanticCustomError:
    """Return the error at the key `at` (relative to the validated part). Its message is `problem.standard.<kind>`."""
    texts = {name: f"{value:.10g}" if isinstance(value, float) else str(value) for name, value in values.items()}
    return PydanticCustomError("standard", "a photo standard is wrong", {"kind": kind, "at": at, "values": texts})
