"""Banks: collections of questions."""

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
    ] = Field(description="The name that authors see.")


class BankReturn(Schema):
    """A bank of questions."""

    id: UUID = Field(description="The id of the bank.")
    name: str = Field(description="The name that authors see.")
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When it was created.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
