"""Banks: collections of questions."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.schemas._base import Moment, Schema, Stored, Title

__all__ = ["BankCreate", "BankReturn", "BankUpdate"]


class BankCreate(Schema):
    """A new bank of questions."""

    name: Title = Field(description="The name that authors see; at most 128 characters.")


class BankUpdate(Schema):
    """Changes to a bank; omitted fields keep their values."""

    name: Title | None = Field(default=None, description="The name that authors see.")

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise PydanticCustomError("not_nullable", "This field cannot be null; omit it to keep its value")
        return self


class BankReturn(Stored):
    """A bank of questions."""

    id: UUID = Field(description="The id of the bank.")
    name: str = Field(description="The name that authors see.")
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When it was created.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
