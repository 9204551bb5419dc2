"""Categories: a tree over the questions of a bank."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.schemas._base import Moment, Schema
from quizkit.schemas.quizzes import Title

__all__ = ["CategoryCreate", "CategoryReturn", "CategoryUpdate"]


class CategoryCreate(Schema):
    """A new category of a bank."""

    bank_id: UUID = Field(description="The bank whose questions it sorts.")
    name: Title = Field(description="What authors call it; at most 128 characters.")
    parent_id: UUID | None = Field(default=None, description="The category that it is under; null for none.")


class CategoryUpdate(Schema):
    """Changes to a category; fields that are left out stay as they are."""

    name: Title | None = Field(default=None, description="What authors call it.")
    parent_id: UUID | None = Field(default=None, description="The category that it is under; null for none.")

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if "name" in self.model_fields_set and self.name is None:
            raise PydanticCustomError("not_nullable", "Leave a field out to keep it; null means none")
        return self


class CategoryReturn(Schema):
    """A category of a bank."""

    id: UUID = Field(description="The id of the category.")
    bank_id: UUID = Field(description="The bank whose questions it sorts.")
    parent_id: UUID | None = Field(default=None, description="The category that it is under; null for none.")
    name: str = Field(description="What authors call it.")
    version: int = Field(description="Raised with every change; give it to a verb to change this and nothing newer.")
    created_at: Moment = Field(description="When it was made.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
