"""Categories: a tree that sorts the questions of a bank."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.schemas._base import Moment, Schema, Stored, Title

__all__ = ["CategoryCreate", "CategoryReturn", "CategoryUpdate"]


class CategoryCreate(Schema):
    """A new category of a bank."""

    bank_id: UUID = Field(description="The bank of the category.")
    name: Title = Field(description="The name that authors see; at most 128 characters.")
    parent_id: UUID | None = Field(default=None, description="The parent category; null at the top level.")


class CategoryUpdate(Schema):
    """Changes to a category; omitted fields keep their values."""

    name: Title | None = Field(default=None, description="The name that authors see.")
    parent_id: UUID | None = Field(default=None, description="The parent category; null at the top level.")

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise PydanticCustomError("not_nullable", "This field cannot be null; omit it to keep its value")
        return self


class CategoryReturn(Stored):
    """A category of a bank."""

    id: UUID = Field(description="The id of the category.")
    bank_id: UUID = Field(description="The bank of the category.")
    parent_id: UUID | None = Field(default=None, description="The parent category; null at the top level.")
    name: str = Field(description="The name that authors see.")
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When it was created.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
