"""Notices to those who take a quiz, such as "Question 3 was corrected"."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from quizkit.questions import Text
from quizkit.questions._content import LimitItems, Many, Prompt
from quizkit.schemas._base import Moment, Schema

__all__ = ["Notice", "Notices", "OptionalNotices", "PaperNotice"]

MAX_NOTICES: Final = 20


class Notice(Schema):
    """A notice to everybody who takes a quiz in an assignment."""

    content: Prompt = Field(description="The notice.")
    question_id: UUID | None = Field(
        default=None,
        description="The question that it is about: only takers who see this question now get the notice, with its slot; "
        "null for a notice to everybody.",
    )
    posted_at: Moment | None = Field(
        default=None, description="From when takers see it; if it is omitted, from the call that posts it."
    )


class PaperNotice(Schema):
    """A notice on a paper."""

    content: Text = Field(description="The notice.")
    posted_at: Moment = Field(description="When it was posted.")
    slot: int | None = Field(
        default=None, description="The slot of the question that it is about on this paper; null for none."
    )


if TYPE_CHECKING:
    Notices = Many[Notice]

    class OptionalNotices:
        """Accepts any iterable of notices or None, returns a tuple or None."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[Notice, ...] | None: ...
        def __set__(self, owner: object, value: Iterable[Notice] | None) -> None: ...

else:
    # The bound comes first: after a validator Pydantic writes it to the JSON Schema as that of a text.
    Notices = Annotated[tuple[Notice, ...], Field(max_length=MAX_NOTICES), LimitItems]
    OptionalNotices = Notices | None
