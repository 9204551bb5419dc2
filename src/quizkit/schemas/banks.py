"""Banks: where questions are kept."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from quizkit.questions._unicode import at_most
from quizkit.schemas._base import Moment, Schema

__all__ = ["BankCreate", "BankReturn"]


class BankCreate(Schema):
    """A new bank of questions."""

    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=128, strip_whitespace=True),
        at_most(128),
    ] = Field(description="What authors call it.")


class BankReturn(Schema):
    """A bank of questions."""

    id: UUID = Field(description="The id of the bank.")
    name: str = Field(description="What authors call it.")
    version: int = Field(description="Raised with every change; give it to a verb to change this and nothing newer.")
    created_at: Moment = Field(description="When it was made.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
