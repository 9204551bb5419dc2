"""Errors as web applications send them (RFC 9457), for the OpenAPI documents of hosts."""

from typing import Any

from pydantic import Field

from quizkit.schemas._base import Schema

__all__ = ["FieldProblem", "ProblemDetails"]


class FieldProblem(Schema):
    """One fault of the data in a request. It contains no part of the data."""

    path: str = Field(description="The field, such as questions.2.content; empty for the whole.")
    code: str = Field(description="The fault, for programs.")
    message: str = Field(description="The fault, for a person.")


class ProblemDetails(Schema):
    """The body of `QuizkitError.problem()` (`application/problem+json`), for `responses=` of a web framework."""

    type: str = Field(description="The code as a URN.")
    title: str = Field(description="What kind of error it is.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="The error, for a person.")
    code: str = Field(description="The error, for programs; listed in the reference.")
    params: dict[str, Any] = Field(default_factory=dict, description="Values that belong to the code, such as a limit.")
    errors: tuple[FieldProblem, ...] = Field(default=(), description="The faults of the data, for `Invalid`.")
