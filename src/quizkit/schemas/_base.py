"""The base class of all schemas, shared field types, and pages."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, Self, TypeAlias, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid
from quizkit.questions._content import NUMBER_OUT, write_decimal
from quizkit.questions._model import Model
from quizkit.questions._unicode import at_most
from quizkit.rules.times import in_utc

YEAR: Final = 31_536_000
"""The longest time in seconds that a policy names: a year."""

S = TypeVar("S")
T = TypeVar("T")


class _Schema(Model):
    """The base class: frozen, without unknown fields, and without input in its errors."""

    model_config = ConfigDict(from_attributes=True)


# An alias, for the reason that `Model` is one.
Schema: TypeAlias = _Schema


class _Stored(Schema):
    """The base class of what has one row, to which the host may have added columns."""

    # No field: the host chooses what its own replies contain, and its values may be of any type.
    _columns: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, Any]:
        """The values of your own columns that you named with `columns=`, by attribute name; not in `model_dump`."""
        return self._columns

    def with_columns(self, columns: Mapping[str, Any]) -> Self:
        """Return a copy with these values of your own columns."""
        copied = self.model_copy()
        copied._columns = dict(columns)  # noqa: SLF001 - a copy of itself
        return copied


Stored: TypeAlias = _Stored


def utc(moment: datetime) -> datetime:
    """Return a time in UTC; raise an error if it is before 1970 or after 2999."""
    with contextlib.suppress(Invalid):
        return in_utc(moment)
    raise PydanticCustomError("moment_range", "A time must be in the years 1970 to 2999")


Moment = Annotated[AwareDatetime, AfterValidator(utc)]

if TYPE_CHECKING:
    Title = str
else:
    Title = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True), at_most(128)]

# Python prints 0.0000001 as 1E-7; in JSON it is written without an exponent.
Amount = Annotated[
    Decimal, PlainSerializer(write_decimal, when_used="json"), WithJsonSchema(NUMBER_OUT, mode="serialization")
]
"""Points and grades in replies."""


class Page(Schema, Generic[T]):
    """One page of a list, in the order of the ids, which is the order of creation if they are UUIDs version 7.

    A leaderboard is in the order of its ranks, and within a rank in the order of the ids.
    """

    items: tuple[T, ...] = Field(description="The items of this page.")
    next_after: UUID | None = Field(description="Pass it as `after` to get the next page; null on the last page.")
