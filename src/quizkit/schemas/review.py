"""What takers may see of an attempt, and when."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_serializer

from quizkit.questions._content import LimitItems, default
from quizkit.rules import release
from quizkit.schemas._base import Moment, Schema
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment

__all__ = ["ReviewPolicy"]

if TYPE_CHECKING:

    class Moments:
        """Accepts any iterable of review moments, returns a frozen set."""

        def __get__(self, owner: object, kind: Any = None) -> frozenset[ReviewMoment]: ...
        def __set__(self, owner: object, value: Iterable[ReviewMoment]) -> None: ...

else:
    Moments = Annotated[frozenset[ReviewMoment], LimitItems]


if TYPE_CHECKING:

    class Conditions:
        """Accepts any iterable of conditions, returns a frozen set."""

        def __get__(self, owner: object, kind: Any = None) -> frozenset[ReviewCondition]: ...
        def __set__(self, owner: object, value: Iterable[ReviewCondition]) -> None: ...

else:
    Conditions = Annotated[frozenset[ReviewCondition], LimitItems]


class ReviewPolicy(Schema):
    """What takers may see of an attempt, and when. Omitted fields have their defaults."""

    question: Moments = default(
        release.DEFAULT[ReviewItem.QUESTION],
        "When takers see the questions: always during; at a moment without them they see only marks and overall feedback.",
    )
    response: Moments = default(release.DEFAULT[ReviewItem.RESPONSE], "When takers see their own responses.")
    correctness: Moments = default(
        release.DEFAULT[ReviewItem.CORRECTNESS], "When takers see whether a response is right."
    )
    marks: Moments = default(release.DEFAULT[ReviewItem.MARKS], "When takers see points and grades.")
    specific_feedback: Moments = default(
        release.DEFAULT[ReviewItem.SPECIFIC_FEEDBACK], "When takers see the feedback on their response."
    )
    general_feedback: Moments = default(
        release.DEFAULT[ReviewItem.GENERAL_FEEDBACK], "When takers see the feedback on the question."
    )
    right_answer: Moments = default(
        release.DEFAULT[ReviewItem.RIGHT_ANSWER], "When takers see a right answer, and how the points were computed."
    )
    right_answer_if: Conditions = default(
        frozenset[ReviewCondition](), "Further conditions for showing right answers; all of them must be met."
    )
    overall_feedback: Moments = default(
        release.DEFAULT[ReviewItem.OVERALL_FEEDBACK], "When takers see the feedback on the whole result."
    )

    released_at: Moment | None = Field(
        default=None,
        description="When results are released, inclusive: from then on finished attempts also show the items that list "
        "the moment released; null for never.",
    )

    @field_serializer("right_answer_if", *ReviewItem)
    def _sorted(self, values: frozenset[ReviewMoment] | frozenset[ReviewCondition]) -> list[str]:
        return sorted(value.value for value in values)

    def by_item(self) -> Mapping[ReviewItem, frozenset[ReviewMoment]]:
        """Return the policy in the form that `quizkit.rules.release` expects."""
        return {item: getattr(self, item.value) for item in ReviewItem}
