"""Quizzes as authors send and get them: how they are taken, and what they are made of."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_serializer, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions import AnyQuestion
from quizkit.questions._content import (
    MAX_CHOICES,
    Few,
    Many,
    OptionalPoints,
    OptionalPositiveShare,
    Points,
    PositiveShare,
    Prompt,
    Word,
    default,
)
from quizkit.questions._unicode import at_most
from quizkit.rules import release
from quizkit.schemas._base import Moment, Schema
from quizkit.vocabulary import (
    Behaviour,
    Counting,
    GradingMethod,
    Navigation,
    QuizState,
    ReviewCondition,
    ReviewItem,
    ReviewMoment,
    TimeUp,
)

__all__ = [
    "MAX_QUESTIONS",
    "DrawSlot",
    "FeedbackBand",
    "QuestionSlot",
    "QuizCreate",
    "QuizOutline",
    "QuizProblem",
    "QuizReturn",
    "QuizUpdate",
    "ReviewPolicy",
    "SectionOutline",
]

MAX_QUESTIONS: Final = 500
MAX_BANDS: Final = 50
YEAR: Final = 31_536_000
DAY: Final = 86_400

if TYPE_CHECKING:
    Title = str
    Summary = str
else:
    Title = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True), at_most(128)]
    Summary = Annotated[str, StringConstraints(max_length=512), at_most(512)]

if TYPE_CHECKING:

    class Moments:
        """Takes any iterable of moments, gives a frozen set."""

        def __get__(self, owner: object, kind: Any = None) -> frozenset[ReviewMoment]: ...
        def __set__(self, owner: object, value: Iterable[ReviewMoment]) -> None: ...

else:
    Moments = Annotated[frozenset[ReviewMoment], Few]


if TYPE_CHECKING:

    class Conditions:
        """Takes any iterable of conditions, gives a frozen set."""

        def __get__(self, owner: object, kind: Any = None) -> frozenset[ReviewCondition]: ...
        def __set__(self, owner: object, value: Iterable[ReviewCondition]) -> None: ...

else:
    Conditions = Annotated[frozenset[ReviewCondition], Few]


class ReviewPolicy(Schema):
    """What takers may see of an attempt, and when. What is left out is as the default says."""

    question: Moments = default(
        release.DEFAULT[ReviewItem.QUESTION],
        "When they see the questions: always during; at a moment without them only marks and what is said of the result.",
    )
    response: Moments = default(release.DEFAULT[ReviewItem.RESPONSE], "When they see what they said themselves.")
    correctness: Moments = default(release.DEFAULT[ReviewItem.CORRECTNESS], "When they see whether it was right.")
    marks: Moments = default(release.DEFAULT[ReviewItem.MARKS], "When they see points and grades.")
    specific_feedback: Moments = default(
        release.DEFAULT[ReviewItem.SPECIFIC_FEEDBACK], "When they see what the author says about their response."
    )
    general_feedback: Moments = default(
        release.DEFAULT[ReviewItem.GENERAL_FEEDBACK], "When they see what the author says about the question."
    )
    right_answer: Moments = default(
        release.DEFAULT[ReviewItem.RIGHT_ANSWER], "When they see a right answer, and how the points came about."
    )
    right_answer_if: Conditions = default(
        frozenset[ReviewCondition](), "What must be so, too, before right answers are shown: all that is named."
    )
    overall_feedback: Moments = default(
        release.DEFAULT[ReviewItem.OVERALL_FEEDBACK], "When they see what the author says about the whole result."
    )

    @field_serializer("*")
    def _sorted(self, words: frozenset[ReviewMoment] | frozenset[ReviewCondition]) -> list[str]:
        return sorted(word.value for word in words)

    def by_item(self) -> Mapping[ReviewItem, frozenset[ReviewMoment]]:
        """Return the policy as `quizkit.rules.release` takes it."""
        return {item: getattr(self, item.value) for item in ReviewItem}


class FeedbackBand(Schema):
    """What the author says about results from this share of the grade on, up to the next band."""

    minimum: PositiveShare = default(
        Fraction(0), "The least share of the greatest grade, 0 to 1; included, and rounded as grades are."
    )
    content: Prompt = Field(description="What takers are told.")


if TYPE_CHECKING:
    Bands = Many[FeedbackBand]

    class OptionalBands:
        """Takes any iterable of bands or None, gives a tuple or None."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[FeedbackBand, ...] | None: ...
        def __set__(self, owner: object, value: Iterable[FeedbackBand] | None) -> None: ...

else:

    def _distinct(bands: tuple[FeedbackBand, ...]) -> tuple[FeedbackBand, ...]:
        if len({band.minimum for band in bands}) < len(bands):
            raise PydanticCustomError("bands_equal", "Two bands begin at the same share")
        return bands

    Bands = Annotated[tuple[FeedbackBand, ...], AfterValidator(_distinct), Few]
    OptionalBands = Bands | None

_THIRD: Final = Fraction(1, 3)


class QuizPolicy(Schema):
    """How a quiz is taken, and how it counts."""

    title: Title = Field(description="What the quiz is called; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What it is about; at most 512 characters.")
    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How often each taker may take it; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=YEAR, description="Time for one attempt; null for no limit."
    )
    grace_seconds: int = Field(
        default=0, ge=0, le=DAY, description="How long after the end answers that were under way are taken."
    )
    min_delay_seconds: int = Field(
        default=0, ge=0, le=YEAR, description="How long after an attempt the next one can be started."
    )
    time_up: TimeUp = Field(
        default=TimeUp.SUBMIT,
        description="What happens when the time is up: submit what is saved, accept_late, or abandon.",
    )
    late_seconds: int | None = Field(
        default=None, ge=0, le=YEAR, description="accept_late: for how long; null until the quiz closes."
    )
    late_penalty: PositiveShare = default(Fraction(0), "accept_late: the share of its points that a late answer loses.")
    shuffle_questions: bool = Field(default=False, description="Whether each attempt has an order of its own.")
    behaviour: Behaviour = Field(default=Behaviour.DEFERRED, description="How a question may be tried.")
    penalty: PositiveShare = default(_THIRD, "What a try costs that was used, as a share of the points.")
    grading_method: GradingMethod = Field(
        default=GradingMethod.HIGHEST, description="Which attempts make the grade: highest, average, first or last."
    )
    max_grade: OptionalPoints = default(None, "What the whole quiz is worth as a grade; null for its points.")
    pass_grade: OptionalPoints = default(None, "The grade that passes, included; null where there is no passing.")
    review: ReviewPolicy = Field(
        default_factory=ReviewPolicy, description="What takers may see of an attempt, and when."
    )
    feedback_bands: Bands = default((), "What takers are told about the whole result.", max_length=MAX_BANDS)


class QuizCreate(QuizPolicy):
    """A new quiz, with its questions inline or added later."""

    questions: Many[AnyQuestion] = default((), "The questions, in order.", max_length=MAX_QUESTIONS)


# The fields where null means that there is no such thing.
NO_LIMIT: Final = frozenset({"max_attempts", "time_limit_seconds", "late_seconds"})
NO_GRADE: Final = frozenset({"max_grade", "pass_grade"})


class LimitChanges(Schema):
    """What can be said otherwise of how often and how long; a field that is left out says nothing."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT

    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How often each taker may take it; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=YEAR, description="Time for one attempt; null for no limit."
    )
    grace_seconds: int | None = Field(
        default=None, ge=0, le=DAY, description="How long after the end answers that were under way are taken."
    )
    min_delay_seconds: int | None = Field(default=None, ge=0, le=YEAR, description="How long between two attempts.")
    time_up: TimeUp | None = Field(default=None, description="What happens when the time is up.")
    late_seconds: int | None = Field(
        default=None, ge=0, le=YEAR, description="accept_late: for how long; null until the quiz closes."
    )
    late_penalty: OptionalPositiveShare = default(
        None, "accept_late: the share of its points that a late answer loses."
    )

    @model_validator(mode="after")
    def _null_only_where_it_means_something(self) -> Self:
        for name in self.model_fields_set - self._nullable:
            if getattr(self, name) is None:
                raise PydanticCustomError("not_nullable", "Leave a field out to say nothing; null means none")
        return self


class PolicyChanges(LimitChanges):
    """What can be said otherwise of how a quiz is tried, graded and shown."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | NO_GRADE

    behaviour: Behaviour | None = Field(default=None, description="How a question may be tried.")
    penalty: OptionalPositiveShare = default(None, "What a try costs that was used, as a share of the points.")
    grading_method: GradingMethod | None = Field(default=None, description="Which attempts make the grade.")
    max_grade: OptionalPoints = default(None, "What the whole quiz is worth as a grade; null for its points.")
    pass_grade: OptionalPoints = default(None, "The grade that passes; null where there is no passing.")
    review: ReviewPolicy | None = Field(default=None, description="What takers may see of an attempt, and when.")


class QuizUpdate(PolicyChanges):
    """Changes to a quiz; fields that are left out stay as they are. Takers see them after the next publishing."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | NO_GRADE | {"description"}

    title: Title | None = Field(default=None, description="What the quiz is called; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What it is about; null removes it.")
    shuffle_questions: bool | None = Field(default=None, description="Whether each attempt has its own order.")
    feedback_bands: OptionalBands = default(None, "What takers are told about the whole result.", max_length=MAX_BANDS)


class QuizReturn(QuizPolicy):
    """A quiz, as its author left it."""

    id: UUID = Field(description="The id of the quiz.")
    state: QuizState = Field(description="draft, published or archived.")
    revision: int | None = Field(default=None, description="The number of the published revision; null before.")
    bank_id: UUID = Field(description="The bank that keeps the questions that were written for this quiz.")
    version: int = Field(description="Raised with every change; give it to a verb to change this and nothing newer.")
    created_at: Moment = Field(description="When the quiz was made.")
    updated_at: Moment = Field(description="When it was last changed.")
    published_at: Moment | None = Field(default=None, description="When it was last published.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")


# ---------------------------------------------------------------------------------------------- what it is made of


class QuestionSlot(Schema):
    """A place for one question."""

    kind: Literal["question"] = Field(default="question", description="question.")
    question_id: UUID = Field(description="The question.")
    revision_id: UUID | None = Field(
        default=None, description="The revision to keep; null for the latest at each publishing."
    )
    points: OptionalPoints = default(None, "What a full answer is worth here; null for what the question says.")
    counting: Counting = Field(
        default=Counting.COUNTS, description="counts, extra (added to the score alone) or ignored."
    )
    requires_previous: bool = Field(
        default=False, description="Whether it can be answered only after the question before it."
    )


class DrawSlot(Schema):
    """A place for questions that are drawn when an attempt starts; no attempt has a question twice."""

    kind: Literal["draw"] = Field(default="draw", description="draw.")
    bank_id: UUID = Field(description="The bank to draw from.")
    category_id: UUID | None = Field(default=None, description="Only from this category and those under it.")
    tags: Many[Word] = default((), "Only questions that have all of these tags.", max_length=MAX_CHOICES)
    count: int = Field(default=1, ge=1, le=MAX_QUESTIONS, description="How many are drawn.")
    points: Points = default(Decimal(1), "What a full answer to each is worth.")
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    fresh: bool = Field(
        default=False, description="Whether takers get none that was on a paper of theirs before this start."
    )


if TYPE_CHECKING:
    AnySlot: TypeAlias = QuestionSlot | DrawSlot
else:
    AnySlot = Annotated[QuestionSlot | DrawSlot, Field(discriminator="kind")]


class SectionOutline(Schema):
    """A part of a quiz, with an order, pages and a way through them of its own."""

    title: Title | None = Field(default=None, description="What it is called; null for none.")
    shuffle: bool = Field(default=False, description="Whether each attempt has an order of its own.")
    navigation: Navigation = Field(default=Navigation.FREE, description="free, or sequential with no way back.")
    per_page: int | None = Field(
        default=None, ge=1, le=MAX_QUESTIONS, description="How many questions are on a page; null for all of them."
    )
    slots: Many[AnySlot] = default((), "The places for questions, in order.", max_length=MAX_QUESTIONS)

    @model_validator(mode="after")
    def _order_is_known_where_it_matters(self) -> Self:
        if self.shuffle and any(isinstance(slot, QuestionSlot) and slot.requires_previous for slot in self.slots):
            raise PydanticCustomError("requires_previous_shuffled", "In a shuffled section none comes before another")
        return self


class QuizOutline(Schema):
    """What a quiz is made of. Get it, change it, send it back."""

    sections: Many[SectionOutline] = Field(min_length=1, max_length=100, description="The sections, in order.")
    version: int | None = Field(
        default=None, description="The version of the quiz that this is of; arranging it changes nothing newer."
    )


class QuizProblem(Schema):
    """Something about a quiz that must be mended before it is published, or that its author probably did not mean."""

    severity: Literal["error", "warning"] = Field(description="error: it cannot be published; warning: it can.")
    code: str = Field(description="Stable, for programs; listed in the reference.")
    message: str = Field(description="One sentence for a person.")
    slot: int | None = Field(default=None, description="The place in the quiz, from 1; null for all of it.")
    path: str = Field(default="", description="Where in the question; empty for the place itself.")
