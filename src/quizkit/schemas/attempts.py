"""Attempts as takers see them. `rules.attempt_review` decides when a schema here may hold a key."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions import AnyResponse, AnyView, SentResponse, Text
from quizkit.questions._content import OptionalPositiveShare, PositiveShare, default
from quizkit.rules.sequences import MAX_SEQUENCE
from quizkit.schemas._base import Amount, Moment, S, Schema, Stored
from quizkit.schemas.credit import OptionalCreditShare
from quizkit.schemas.notices import PaperNotice
from quizkit.schemas.sections import PaperSection, SectionResult
from quizkit.vocabulary import (
    AttemptPurpose,
    AttemptState,
    Behaviour,
    Certainty,
    Counting,
    GradeState,
    GradingMethod,
    ReviewItem,
    ReviewMoment,
    SaveStatus,
    TryState,
)

__all__ = [
    "AttemptReturn",
    "CheckResponse",
    "Checked",
    "Claimed",
    "Flagged",
    "Outcome",
    "Paper",
    "PaperQuestion",
    "ResponseProblem",
    "Review",
    "ReviewedQuestion",
    "ReviewedTry",
    "SaveResponse",
    "Saved",
    "Sent",
]

_Slot = Annotated[int, Field(strict=True, ge=1, le=500)]
_Sequence = Annotated[int, Field(strict=True, ge=1, le=MAX_SEQUENCE)]
_BasedOn = Annotated[int, Field(strict=True, ge=0, lt=MAX_SEQUENCE)]


class ResponseProblem(Schema):
    """Why a response cannot be marked in full, or exceeds a limit of the author. Contains no part of the response."""

    path: str = Field(description="The field of the response, such as text or gaps.2.")
    code: str = Field(description="The problem, for programs.")
    message: str = Field(description="The problem, for a person.")


class ReviewedTry(Schema):
    """One check of a response, limited to what may be shown now."""

    number: int = Field(description="The number of the try, from 1.")
    received_at: Moment = Field(description="When it was received.")
    response: AnyResponse | None = Field(default=None, description="The taker's response; null if it is not shown.")
    state: GradeState | None = Field(default=None, description="right, partly, …; null if it is not shown.")
    points: Amount | None = Field(
        default=None, description="The points of the question after this try; null if they are not shown."
    )


class ReviewedQuestion(Schema):
    """A question and its result, limited to what may be shown now. `shown` lists what is shown."""

    slot: int = Field(description="Its slot on the paper.")
    section: int = Field(default=1, description="The number of its section, from 1.")
    question_id: UUID | None = Field(default=None, description="The id of the question; null if it was drawn.")
    view: AnyView = Field(description="The question as the taker saw it.")
    shown: tuple[ReviewItem, ...] = Field(
        default=(), description="The items that are shown; the others are null or empty."
    )
    progress: TryState = Field(description="The state of the question: todo, complete, try_again, or its final state.")
    response: AnyResponse | None = Field(default=None, description="The taker's response; null for none.")
    summary: str = Field(default="", description="The taker's response as one line of text.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(),
        description="The parts of the response that could not be marked; empty if the response is not shown.",
    )
    certainty: Certainty | None = Field(
        default=None, description="How certain the taker is; null if the question does not ask for it."
    )
    state: GradeState | None = Field(
        default=None, description="right, partly, wrong, not_answered or needs_grading; null if it is not shown."
    )
    points: Amount | None = Field(
        default=None, description="The points earned; null while needs_grading, and if they are not shown."
    )
    late: bool = Field(
        default=False, description="Whether the response that counts was late; false if marks are not shown."
    )
    max_points: Amount = Field(description="The points for a full answer.")
    pass_share: OptionalPositiveShare = default(
        None, "The share of the points that must be reached to pass; null for any."
    )
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    tags: tuple[str, ...] = Field(
        default=(), description="The tags of the question; empty unless its section shows them."
    )
    tries: tuple[ReviewedTry, ...] = Field(default=(), description="The checks, first to last.")
    tries_left: int | None = Field(default=None, description="How many checks are left.")
    next_try: int | None = Field(
        default=None, description="The number of the next check, from 1; null if the question cannot be checked again."
    )
    next_check_at: Moment | None = Field(
        default=None, description="The first time for the next check, which may have passed; null for any time."
    )
    hint: Text | None = Field(default=None, description="Help for the next try; null for none.")
    right_parts: int | None = Field(
        default=None, description="How many parts of the checked response are right; null unless the hint shows it."
    )
    too_many: bool = Field(
        default=False, description="Whether more options were picked than are right; shown instead of the number."
    )
    feedback: tuple[Text, ...] = Field(default=(), description="The author's feedback on this response.")
    general_feedback: Text | None = Field(default=None, description="The author's feedback on the question.")
    right_response: AnyResponse | None = Field(
        default=None, description="A response that earns full points; null if it is not shown or there is none."
    )
    trace: dict[str, Any] | None = Field(
        default=None, description="How the points were computed; null if right answers are not shown."
    )


class PaperQuestion(Schema):
    """One question of a paper, as its taker sees it."""

    slot: int = Field(description="Its slot on this paper, from 1; responses refer to it.")
    question_id: UUID | None = Field(default=None, description="The id of the question; null if it was drawn.")
    points: Amount = Field(description="The points for a full answer.")
    view: AnyView = Field(description="The question without its key.")
    sequence: int = Field(
        default=0, description="The number of the last stored response; the next response has the next number."
    )
    response: AnyResponse | None = Field(default=None, description="The last stored response; null for none.")
    certainty: Certainty | None = Field(default=None, description="How certain the taker is; null if not stated.")
    next_try: int | None = Field(
        default=None, description="The number of the next check, from 1; null if the question cannot be checked again."
    )
    next_check_at: Moment | None = Field(
        default=None, description="The first time for the next check, which may have passed; null for any time."
    )
    page: int = Field(default=1, description="The page of the question, from 1.")
    section: int = Field(default=1, description="The number of its section, from 1.")
    pass_share: OptionalPositiveShare = default(
        None, "The share of the points that must be reached to pass; null for any."
    )
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    tags: tuple[str, ...] = Field(
        default=(), description="The tags of the question; empty unless its section shows them."
    )
    closes_at: Moment | None = Field(
        default=None,
        description="When the time for it or for its section ends, inclusive, as seen in `server_now`; null for no limit.",
    )
    flagged: bool = Field(default=False, description="Whether the taker has flagged it.")
    seconds: Amount = Field(
        default=Decimal(0), description="How many seconds the taker has spent on it, according to the recorded visits."
    )


class Paper(Schema):
    """The paper of an attempt, as its taker sees it."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    assignment_id: UUID = Field(description="The id of the assignment.")
    title: str = Field(description="The title of the quiz.")
    description: str | None = Field(default=None, description="The description of the quiz.")
    number: int = Field(description="The number of the attempt among those of the taker, from 1.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview, which never counts.")
    behaviour: Behaviour = Field(
        default=Behaviour.DEFERRED, description="When its questions are checked, and how often they can be tried."
    )
    page: int = Field(default=1, description="The current page, from 1.")
    pages: int = Field(default=1, description="How many pages there are.")
    started_at: Moment = Field(description="When the attempt was started.")
    due_at: Moment | None = Field(default=None, description="The deadline; null for no limit.")
    accepts_until: Moment | None = Field(
        default=None, description="The last time for a response, including grace and late time; null for no limit."
    )
    submittable_at: Moment | None = Field(default=None, description="The first time to submit it; null for any time.")
    server_now: Moment = Field(description="The server's time of this paper.")
    seconds_left: Amount | None = Field(
        default=None,
        description="The seconds from `server_now` to the deadline, 0 after it; null for no limit, and if it is finished.",
    )
    max_score: Amount = Field(description="The sum of the points of all questions that count.")
    max_grade: Amount | None = Field(default=None, description="The maximum grade of the quiz.")
    pass_grade: Amount | None = Field(default=None, description="The lowest grade that passes; null for no pass mark.")
    grading_method: GradingMethod = Field(default=GradingMethod.HIGHEST, description="How attempts are combined.")
    best_attempts: int = Field(default=2, description="best: of how many attempts the grade is the average.")
    notices: tuple[PaperNotice, ...] = Field(
        default=(), description="Notices to those who take the quiz, in the order of the author."
    )
    wrong_penalty: PositiveShare = default(Fraction(0), "The share of its points that a wrong response loses.")
    negative_grades: bool = Field(default=False, description="Whether penalties can make the grade negative.")
    sections: tuple[PaperSection, ...] = Field(default=(), description="The sections, in the order of this attempt.")
    questions: tuple[PaperQuestion, ...] = Field(
        description="The questions that are visible from this page, in the order of this attempt."
    )


class _TakerResponse(Schema):
    """What every response of a taker consists of. One to save is none to check, and the reverse."""

    slot: _Slot = Field(description="The slot of the question on the paper.")
    response: SentResponse = Field(
        description="The taker's response, of the type of its question; the server also accepts it without `type`."
    )
    sequence: _Sequence | None = Field(
        default=None,
        description="The number of this response; a greater one than the stored wins. One more than that of the last response "
        "that the client knows; if it is omitted, the server takes the next one, and the last request wins.",
    )
    based_on: _BasedOn | None = Field(
        default=None,
        description="The `sequence` of the response that was edited, 0 for none: if a later one is stored, this one is "
        "stale. By default one less than `sequence`; without a `sequence`, that is one more than this number.",
    )
    certainty: Certainty | None = Field(
        default=None, description="How certain the taker is, if the question asks for it; low by default."
    )

    @model_validator(mode="after")
    def _edit_comes_after_its_base(self) -> Self:
        if self.sequence is not None and self.based_on is not None and self.sequence <= self.based_on:
            raise PydanticCustomError("sequence_order", "A response has a greater sequence than the one it is based on")
        return self


class SaveResponse(_TakerResponse):
    """One response to save."""


class Review(Schema):
    """What a taker may see of an attempt now, question by question. While it is open: the results of checks."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    moment: ReviewMoment = Field(description="The review moment.")
    shown: tuple[ReviewItem, ...] = Field(description="The items that the policy shows at this moment.")
    questions: tuple[ReviewedQuestion, ...] = Field(description="The questions, in the order of the paper.")


class CheckResponse(_TakerResponse):
    """One response to check now."""

    number: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = Field(
        default=None,
        description="The number of this try, from 1: `next_try` of the question. Sending the same try again returns the same "
        "result. If it is omitted, the server takes the next one, or the last one for the response that was just checked.",
    )


class Checked(Schema):
    """The result of a check."""

    counted: bool = Field(
        description="Whether it used a try: false for a blank response, a repeated one, and one with problems."
    )
    sequence: int = Field(description="The number of the stored response; the next response has the next number.")
    question: ReviewedQuestion = Field(description="The question, limited to what may be shown now.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="The problems of the response that was sent; it is stored anyway."
    )


class Saved(Schema):
    """The result of saving a response. `stale` means that a later response is stored; the fields show that one."""

    slot: int = Field(description="The slot of the question on the paper.")
    status: SaveStatus = Field(description="stored, or stale.")
    sequence: int = Field(description="The number of the stored response; the next response has the next number.")
    response: AnyResponse = Field(description="The stored response.")
    received_at: Moment = Field(description="When the stored response was received.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="The problems of the response that was sent; it is stored anyway."
    )


class Flagged(Schema):
    """The questions of an attempt that its taker has flagged."""

    slots: tuple[int, ...] = Field(description="The slots of the flagged questions on the paper, in order.")


class Sent(Schema):
    """The result of a response that was sent with a submit. A refused response does not affect the others."""

    slot: int = Field(description="The slot of the question on the paper.")
    status: SaveStatus = Field(description="stored, stale: a later one is stored and counts, or refused.")
    sequence: int | None = Field(default=None, description="The number of the stored response; null if refused.")
    code: str | None = Field(default=None, description="Why it was refused, for programs.")
    message: str | None = Field(default=None, description="Why it was refused, for a person.")
    problems: tuple[ResponseProblem, ...] = Field(default=(), description="The problems of the response that was sent.")


class Claimed(Schema):
    """The attempts of an anonymous taker that belong to a user now."""

    attempt_ids: tuple[UUID, ...] = Field(description="The ids of the attempts, in order.")


class AttemptReturn(Stored, Generic[S]):
    """An attempt in a list."""

    id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    assignment_id: UUID = Field(description="The id of the assignment.")
    taker_id: S | None = Field(description="The taker; null for an anonymous taker.")
    pseudonym: str | None = Field(default=None, description="The pseudonym of an anonymous taker; null for a user.")
    number: int = Field(description="The number of the attempt among those of the taker, from 1.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview, which never counts.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    started_at: Moment = Field(description="When it was started.")
    due_at: Moment | None = Field(default=None, description="The deadline; null for no limit.")
    submitted_at: Moment | None = Field(default=None, description="When it was finished; null while it is open.")
    score: Amount | None = Field(
        default=None,
        description="The points earned, so far if needs_grading; null before it is submitted, and if marks are not shown.",
    )
    max_score: Amount = Field(description="The sum of the points of all questions that count.")
    needs_grading: bool = Field(
        default=False, description="Whether a part needs manual grading; no verb writes manual grades yet."
    )
    voided: bool = Field(default=False, description="Whether staff voided it: then it never counts.")


class Outcome(Schema):
    """The result of an attempt, limited to what may be shown now."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    assignment_id: UUID = Field(description="The id of the assignment.")
    title: str = Field(description="The title of the quiz.")
    number: int = Field(description="The number of the attempt among those of the taker, from 1.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview, which never counts.")
    state: AttemptState = Field(description="submitted, or abandoned, which never counts.")
    started_at: Moment = Field(description="When the attempt was started.")
    submitted_at: Moment = Field(description="When it was finished.")
    late: bool | None = Field(
        default=None, description="Whether a response that counts was late; null if marks are not shown."
    )
    moment: ReviewMoment = Field(description="The review moment: right_after, later or after_close.")
    shown: tuple[ReviewItem, ...] = Field(
        default=(), description="The items that are shown; the others are null or empty."
    )
    score: Amount | None = Field(
        default=None,
        description="The sum of the known points, so far if needs_grading; null if marks are not shown.",
    )
    max_score: Amount = Field(description="The sum of the points of all questions that count.")
    late_penalty: OptionalPositiveShare = default(
        None, "The share of its points that a late response loses; null if no late response counts."
    )
    credit: OptionalCreditShare = default(
        None,
        "The share of the points that counts by the time of the end; null without such steps, and if marks are "
        "not shown.",
    )
    grade: Amount | None = Field(
        default=None,
        description="The grade of this attempt, half up to 5 places; null while needs_grading, and if marks are not shown.",
    )
    max_grade: Amount | None = Field(default=None, description="The maximum grade of the quiz.")
    pass_grade: Amount | None = Field(default=None, description="The lowest grade that passes; null for no pass mark.")
    passed: bool | None = Field(
        default=None,
        description="Whether the grade passes and every required share is reached; null without a grade, and if "
        "nothing has to be reached.",
    )
    needs_grading: bool = Field(description="Whether a part needs manual grading; no verb writes manual grades yet.")
    voided: bool = Field(
        default=False, description="Whether staff voided it: then it never counts, and has no grade of its own."
    )
    feedback: Text | None = Field(
        default=None, description="The author's feedback on the whole result; null while needs_grading."
    )
    sent: tuple[Sent, ...] = Field(
        default=(), description="The results of the responses that were sent with this submit, in that order."
    )
    sections: tuple[SectionResult, ...] = Field(
        default=(), description="The results of the sections, in the order of the paper."
    )
    questions: tuple[ReviewedQuestion, ...] = Field(description="The questions, in the order of the paper.")
