"""The sections of a quiz as takers see them: on a paper, and with a result."""

from decimal import Decimal

from pydantic import Field

from quizkit.questions._content import OptionalPositiveShare, default
from quizkit.schemas._base import Amount, Moment, Schema
from quizkit.vocabulary import Navigation

__all__ = ["PaperSection", "SectionResult"]


class PaperSection(Schema):
    """A section of a paper. All sections are listed, also those whose questions the taker has not reached."""

    number: int = Field(description="Its number on the paper, from 1; questions refer to it.")
    title: str | None = Field(default=None, description="The title of the section; null for none.")
    page: int = Field(description="Its first page, from 1.")
    navigation: Navigation = Field(default=Navigation.FREE, description="free, or sequential without going back.")
    max_score: Amount = Field(description="The sum of the points of its questions that count.")
    pass_share: OptionalPositiveShare = default(
        None, "The share of these points that must be reached to pass; null for any."
    )
    time_limit_seconds: int | None = Field(
        default=None, description="The time for the section from the first visit; null for no limit."
    )
    closes_at: Moment | None = Field(
        default=None, description="When its time ends, inclusive; null for no limit, and before the first visit."
    )


class SectionResult(Schema):
    """The result of one section of an attempt, limited to what may be shown now."""

    number: int = Field(description="The number of the section on the paper, from 1.")
    title: str | None = Field(default=None, description="The title of the section; null for none.")
    score: Amount | None = Field(
        default=None,
        description="The sum of its known points, so far if needs_grading; null if marks are not shown.",
    )
    max_score: Amount = Field(default=Decimal(0), description="The sum of the points of its questions that count.")
    needs_grading: bool = Field(
        default=False, description="Whether a part of it needs manual grading; false if marks are not shown."
    )
    pass_share: OptionalPositiveShare = default(
        None, "The share of the points that must be reached to pass; null for any."
    )
    passed: bool | None = Field(
        default=None,
        description="Whether that share is reached; null without one, while any part of the attempt needs manual "
        "grading, and if marks are not shown.",
    )
