"""What every schema shares, and the pages."""

import contextlib
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid
from quizkit.questions._content import NUMBER_OUT, write_decimal
from quizkit.rules.windows import in_utc

S = TypeVar("S")
T = TypeVar("T")


class Schema(BaseModel):
    """Frozen, closed to unknown fields, silent about input."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        from_attributes=True,
        # Built at import, unlike questions: FastAPI silences a warning of Pydantic only while it builds itself.
        defer_build=False,
    )


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC; refuse one that is before 1970 or after 2999."""
    with contextlib.suppress(Invalid):
        return in_utc(moment)
    raise PydanticCustomError("moment_range", "A moment is from 1970 to 2999")


Moment = Annotated[AwareDatetime, AfterValidator(utc)]

# Python prints 0.0000001 as 1E-7: in JSON it is digits.
Amount = Annotated[
    Decimal, PlainSerializer(write_decimal, when_used="json"), WithJsonSchema(NUMBER_OUT, mode="serialization")
]
"""Points and grades as they are sent."""


class Page(Schema, Generic[T]):
    """Some of a longer list, in the order of their ids: that in which they were made, where those are UUIDs version 7."""

    items: tuple[T, ...] = Field(description="The items of this page.")
    next_after: UUID | None = Field(description="Pass it as `after` to get the next page; null on the last.")
