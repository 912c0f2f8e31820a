"""Values in the server's settings. Larger numbers would pass the start and fail later: a time after the year 9999, a
number that the database cannot hold."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

Count = Annotated[int, Field(gt=0, le=1_000_000_000)]
CountOrZero = Annotated[int, Field(ge=0, le=1_000_000_000)]
Hours = Annotated[int, Field(gt=0, le=1_000_000)]
Days = Annotated[int, Field(gt=0, le=36_500)]
DaysOrZero = Annotated[int, Field(ge=0, le=36_500)]
Years = Annotated[int, Field(gt=0, le=100)]
Bytes = Annotated[int, Field(gt=0, le=1_000_000_000_000_000)]
Port = Annotated[int, Field(gt=0, le=65_535)]
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


def _check_time(value: object) -> object:
    is_local = value.tzinfo is None if isinstance(value, time) else isinstance(value, str) and _TIME.fullmatch(value)
    if not is_local:  # pydantic reads 9 as nine seconds after midnight in Greenwich
        raise PydanticCustomError("time_of_day", "it is no time of day")
    return value


TimeOfDay = Annotated[time, BeforeValidator(_check_time)]
