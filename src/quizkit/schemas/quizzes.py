"""Quizzes as authors see them: the policy of a quiz, and its problems."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Generic, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions import AnyDraft
from quizkit.questions._content import LimitItems, Many, OptionalPoints, OptionalPositiveShare, PositiveShare, default
from quizkit.questions._unicode import at_most
from quizkit.schemas._base import YEAR, Amount, Moment, S, Schema, Stored, Title
from quizkit.schemas.bands import Bands, OptionalBands
from quizkit.schemas.credit import OptionalSteps, Steps
from quizkit.schemas.review import ReviewPolicy
from quizkit.vocabulary import Behaviour, GradingMethod, Prefill, QuizState, TimeUp

__all__ = [
    "MAX_QUESTIONS",
    "QuizCreate",
    "QuizProblem",
    "QuizReturn",
    "QuizUpdate",
]

MAX_QUESTIONS: Final = 500
DAY: Final = 86_400

if TYPE_CHECKING:
    Summary = str
else:
    Summary = Annotated[str, StringConstraints(max_length=512), at_most(512)]

MAX_DELAYS: Final = 20

if TYPE_CHECKING:
    Delays = Many[int]

    class OptionalDelays:
        """Accepts any iterable of seconds or None, returns a tuple or None."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[int, ...] | None: ...
        def __set__(self, owner: object, value: Iterable[int] | None) -> None: ...

else:
    _Delay = Annotated[int, Field(ge=0, le=YEAR)]
    Delays = Annotated[tuple[_Delay, ...], Field(max_length=MAX_DELAYS), LimitItems]
    OptionalDelays = Delays | None

_THIRD: Final = Fraction(1, 3)


class _QuizPolicy(Schema):
    """How a quiz is taken, and how it is graded."""

    title: Title = Field(description="The title of the quiz; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What the quiz is about; at most 512 characters.")
    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How many attempts each taker has; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=YEAR, description="The time for one attempt; null for no limit."
    )
    grace_seconds: int = Field(
        default=0,
        ge=0,
        le=DAY,
        description="The grace period: how long after the deadline responses in transit are accepted.",
    )
    min_time_seconds: int = Field(
        default=0,
        ge=0,
        le=YEAR,
        description="How long after its start an attempt can be submitted at the earliest; never later than its deadline.",
    )
    delays_seconds: Delays = default(
        (),
        "The times between the end of an attempt and the start of the next: the first after the first attempt, and "
        "so on; the last one repeats. Empty for none.",
    )
    stop_after_passing: bool = Field(
        default=False, description="Whether a taker whose grade passes can start no further attempt."
    )
    time_up: TimeUp = Field(
        default=TimeUp.SUBMIT,
        description="What happens at the deadline: submit the saved responses, accept_late, or abandon.",
    )
    late_seconds: int | None = Field(
        default=None,
        ge=0,
        le=YEAR,
        description="accept_late: how long late responses are accepted; null until the quiz closes.",
    )
    late_penalty: PositiveShare = default(
        Fraction(0), "accept_late: the share of its points that a late response loses."
    )
    credit: Steps = default(
        (),
        "The share of the points that counts by the time at which an attempt is finished; after the last step none "
        "counts, and without steps or a due date all do.",
    )
    shuffle_questions: bool = Field(default=False, description="Whether each attempt has its own order of questions.")
    shuffle_sections: bool = Field(default=False, description="Whether each attempt has its own order of sections.")
    prefill: Prefill = Field(
        default=Prefill.NONE,
        description="What a new attempt takes over from the last one, with its paper: none, all or the right responses.",
    )
    behaviour: Behaviour = Field(
        default=Behaviour.DEFERRED, description="When a question is checked, and how often it can be tried."
    )
    penalty: PositiveShare = default(_THIRD, "The penalty for each used try, as a share of the points.")
    check_delay_seconds: int = Field(default=0, ge=0, le=DAY, description="The time between two checks of a question.")
    wrong_penalty: PositiveShare = default(
        Fraction(0),
        "deferred and immediate: the share of its points that each wrong response loses, instead of earning 0; an "
        "unanswered question loses nothing.",
    )
    negative_grades: bool = Field(
        default=False,
        description="Whether penalties can make the grade of an attempt negative; otherwise it is at least 0.",
    )
    grading_method: GradingMethod = Field(
        default=GradingMethod.HIGHEST,
        description="Which attempts determine the grade: highest, average, first, last, lowest, or best: the "
        "average of the best ones.",
    )
    best_attempts: int = Field(default=2, ge=1, le=1000, description="best: how many attempts the average is of.")
    max_grade: OptionalPoints = default(None, "The maximum grade of the quiz; null for the sum of its points.")
    pass_grade: OptionalPoints = default(None, "The lowest grade that passes; null for no pass mark.")
    review: ReviewPolicy = Field(
        default_factory=ReviewPolicy, description="What takers may see of an attempt, and when."
    )
    feedback_bands: Bands = default((), "The feedback on the whole result.")


# Aliases, for the reason that `Model` is one.
QuizPolicy: TypeAlias = _QuizPolicy


class QuizCreate(QuizPolicy):
    """A new quiz; its questions can be given here or added later."""

    questions: Many[AnyDraft] = default((), "The questions, or drafts of them, in order.", max_length=MAX_QUESTIONS)


# The fields in which null means that there is no such limit.
NO_LIMIT: Final = frozenset({"max_attempts", "time_limit_seconds", "late_seconds"})
NO_GRADE: Final = frozenset({"max_grade", "pass_grade"})


class _LimitChanges(Schema):
    """Changes to the limits and the lateness policy. Omitted fields are inherited."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT

    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How many attempts each taker has; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=YEAR, description="The time for one attempt; null for no limit."
    )
    grace_seconds: int | None = Field(
        default=None,
        ge=0,
        le=DAY,
        description="The grace period: how long after the deadline responses in transit are accepted.",
    )
    min_time_seconds: int | None = Field(
        default=None,
        ge=0,
        le=YEAR,
        description="How long after its start an attempt can be submitted at the earliest; never later than its deadline.",
    )
    delays_seconds: OptionalDelays = default(
        None, "The times between two attempts: the first after the first attempt, and so on; the last one repeats."
    )
    stop_after_passing: bool | None = Field(
        default=None, description="Whether a taker whose grade passes can start no further attempt."
    )
    time_up: TimeUp | None = Field(default=None, description="What happens at the deadline.")
    late_seconds: int | None = Field(
        default=None,
        ge=0,
        le=YEAR,
        description="accept_late: how long late responses are accepted; null until the quiz closes.",
    )
    late_penalty: OptionalPositiveShare = default(
        None, "accept_late: the share of its points that a late response loses."
    )

    @model_validator(mode="after")
    def _null_only_where_it_means_something(self) -> Self:
        for name in self.model_fields_set - self._nullable:
            if getattr(self, name) is None:
                raise PydanticCustomError("not_nullable", "This field cannot be null; omit it to inherit its value")
        return self


LimitChanges: TypeAlias = _LimitChanges


class _PolicyChanges(LimitChanges):
    """Changes to how a quiz is tried, graded and reviewed."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | NO_GRADE

    prefill: Prefill | None = Field(default=None, description="What a new attempt takes over from the last one.")
    behaviour: Behaviour | None = Field(
        default=None, description="When a question is checked, and how often it can be tried."
    )
    penalty: OptionalPositiveShare = default(None, "The penalty for each used try, as a share of the points.")
    check_delay_seconds: int | None = Field(
        default=None, ge=0, le=DAY, description="The time between two checks of a question."
    )
    wrong_penalty: OptionalPositiveShare = default(
        None, "deferred and immediate: the share of its points that each wrong response loses."
    )
    negative_grades: bool | None = Field(
        default=None, description="Whether penalties can make the grade of an attempt negative."
    )
    grading_method: GradingMethod | None = Field(default=None, description="Which attempts determine the grade.")
    best_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="best: how many attempts the average is of."
    )
    max_grade: OptionalPoints = default(None, "The maximum grade of the quiz; null for the sum of its points.")
    pass_grade: OptionalPoints = default(None, "The lowest grade that passes; null for no pass mark.")
    credit: OptionalSteps = default(
        None, "The share of the points that counts by the time at which an attempt is finished."
    )
    review: ReviewPolicy | None = Field(default=None, description="What takers may see of an attempt, and when.")


PolicyChanges: TypeAlias = _PolicyChanges


class QuizUpdate(PolicyChanges):
    """Changes to a quiz; omitted fields keep their values. Takers see the changes after the next publishing."""

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | NO_GRADE | {"description"}

    title: Title | None = Field(default=None, description="The title of the quiz; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What the quiz is about; null removes it.")
    shuffle_questions: bool | None = Field(
        default=None, description="Whether each attempt has its own order of questions."
    )
    shuffle_sections: bool | None = Field(
        default=None, description="Whether each attempt has its own order of sections."
    )
    feedback_bands: OptionalBands = default(None, "The feedback on the whole result.")


class QuizReturn(Stored, QuizPolicy, Generic[S]):
    """A quiz as its author edits it."""

    id: UUID = Field(description="The id of the quiz.")
    author_id: S | None = Field(default=None, description="The user who is its author; null for none.")
    state: QuizState = Field(description="draft, published or archived.")
    revision: int | None = Field(
        default=None, description="The number of the published revision; null before the first publishing."
    )
    question_count: int = Field(
        default=0, description="How many questions the outline has, as edited; without those that are drawn."
    )
    draw_count: int = Field(
        default=0, description="How many questions each attempt draws at most, in the outline as edited."
    )
    max_score: Amount | None = Field(
        default=None,
        description="The points of the published revision, without extra credit; null before the first publishing.",
    )
    bank_id: UUID = Field(description="The bank of the questions that were written for this quiz.")
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When the quiz was created.")
    updated_at: Moment = Field(description="When it was last changed.")
    published_at: Moment | None = Field(default=None, description="When it was last published.")
    assignment_id: UUID | None = Field(
        default=None, description="The default assignment, which the first publishing creates; null before."
    )
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")


class QuizProblem(Schema):
    """A fault of a quiz that prevents publishing (error), or a probable mistake of its author (warning)."""

    severity: Literal["error", "warning"] = Field(description="error: the quiz cannot be published; warning: it can.")
    code: str = Field(description="A stable identifier for programs; listed in the reference.")
    message: str = Field(description="One sentence for a person.")
    slot: int | None = Field(
        default=None, description="The position of the slot in the quiz, from 1; null for the whole quiz."
    )
    path: str = Field(default="", description="The path in the question; empty for the slot itself.")
