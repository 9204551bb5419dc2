"""Words that every layer shares: enums and small value types. Standard library only."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

__all__ = [
    "AccessKind",
    "AccessSource",
    "Action",
    "AttemptPurpose",
    "AttemptState",
    "Behaviour",
    "Certainty",
    "Counting",
    "GradeSource",
    "GradeState",
    "GradingMethod",
    "Navigation",
    "QuestionType",
    "QuizState",
    "ReviewCondition",
    "ReviewItem",
    "ReviewMoment",
    "SaveStatus",
    "TimeUp",
    "TryState",
    "uuid7",
]


class QuestionType(StrEnum):
    """The built-in question types. The set of types is open: see `quizkit.questions.register`."""

    BLANKS = "blanks"
    CHOICE = "choice"
    DESCRIPTION = "description"
    ESSAY = "essay"
    MATCHING = "matching"
    NUMERIC = "numeric"
    ORDERING = "ordering"
    SHORT_ANSWER = "short_answer"
    TRUE_FALSE = "true_false"


class GradeState(StrEnum):
    """What a grade says about a response."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    NOT_ANSWERED = "not_answered"
    NEEDS_GRADING = "needs_grading"
    """Only a person could tell; no verb writes grades by hand yet."""


class QuizState(StrEnum):
    """Where a quiz stands in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class AttemptState(StrEnum):
    """Where an attempt stands. `OVERDUE` is computed from the clock and never stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    ABANDONED = "abandoned"
    """Its time ran out before it was submitted, and the policy says that it then never counts."""


class AttemptPurpose(StrEnum):
    """What an attempt is for. A preview never counts."""

    REAL = "real"
    PREVIEW = "preview"


class GradeSource(StrEnum):
    """Where a grade event came from."""

    MANUAL = "manual"
    REGRADE = "regrade"
    OVERRIDE = "override"
    REVOKED = "revoked"


class SaveStatus(StrEnum):
    """What became of one saved response."""

    STORED = "stored"
    STALE = "stale"
    REFUSED = "refused"


class Behaviour(StrEnum):
    """How a question of an attempt may be tried."""

    DEFERRED = "deferred"
    """Marked once, when the attempt is finished."""
    IMMEDIATE = "immediate"
    """Checked once, at once."""
    INTERACTIVE = "interactive"
    """Checked until it is right or the tries are used; each try costs, and brings a hint."""
    ADAPTIVE = "adaptive"
    """Checked as often as one likes; the best counts, each try before it costs."""
    ADAPTIVE_NO_PENALTY = "adaptive_no_penalty"
    """Checked as often as one likes; the best counts."""
    DEFERRED_CBM = "deferred_cbm"
    """Deferred, and the taker says how sure they are."""
    IMMEDIATE_CBM = "immediate_cbm"
    """Immediate, and the taker says how sure they are."""


class Counting(StrEnum):
    """Whether the points of a slot count."""

    COUNTS = "counts"
    EXTRA = "extra"
    """Extra credit: what is earned is added, and the maximum does not grow."""
    IGNORED = "ignored"
    """Marked and shown, and never part of the score."""


class Navigation(StrEnum):
    """How takers move through the pages of a section."""

    FREE = "free"
    SEQUENTIAL = "sequential"
    """One page after the other, with no way back."""


class TimeUp(StrEnum):
    """What happens when the time of an attempt is up."""

    SUBMIT = "submit"
    """What is saved is submitted."""
    ACCEPT_LATE = "accept_late"
    """Answers are taken for longer, with a penalty."""
    ABANDON = "abandon"
    """What was not submitted never counts."""


class GradingMethod(StrEnum):
    """Which of several attempts makes the grade of a quiz."""

    HIGHEST = "highest"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"


class ReviewItem(StrEnum):
    """What may be seen of an attempt."""

    QUESTION = "question"
    """The questions themselves: without them there is nothing to see but marks and what is said about the result."""
    RESPONSE = "response"
    CORRECTNESS = "correctness"
    MARKS = "marks"
    SPECIFIC_FEEDBACK = "specific_feedback"
    GENERAL_FEEDBACK = "general_feedback"
    RIGHT_ANSWER = "right_answer"
    OVERALL_FEEDBACK = "overall_feedback"


class ReviewCondition(StrEnum):
    """What must be so, beside the moment, before a right answer is shown."""

    PASSED = "passed"
    """The attempt has reached the pass mark, and no person must grade it any more."""
    USED_UP = "used_up"
    """The taker has no attempt left in the assignment, by the most lenient of the rules that are known."""
    ARCHIVED = "archived"
    """The assignment or the quiz is archived: nobody can be given another attempt."""


class ReviewMoment(StrEnum):
    """When something may be seen of an attempt."""

    DURING = "during"
    """While the attempt is open."""
    RIGHT_AFTER = "right_after"
    """In the first two minutes after it was finished."""
    LATER = "later"
    """After that, while others may still sit."""
    AFTER_CLOSE = "after_close"
    """When nobody can answer any more, in any assignment of the quiz."""


class AccessKind(StrEnum):
    """What an event about access says."""

    OVERRIDE = "override"
    """Other rules for one taker or one group, in one assignment."""
    EXTENSION = "extension"
    """More time in the middle of an exam."""
    ACCOMMODATION = "accommodation"
    """More time for one person, in every assignment."""


class AccessSource(StrEnum):
    """Which rule a value of access comes from."""

    DEFAULT = "default"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    GROUP = "group"
    TAKER = "taker"
    ACCOMMODATION = "accommodation"


class Action(StrEnum):
    """What a taker does to a question."""

    SAVE = "save"
    CHECK = "check"
    TRY_AGAIN = "try_again"
    FINISH = "finish"


class Certainty(StrEnum):
    """How sure a taker is of a response."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


class TryState(StrEnum):
    """Where a question of an attempt stands."""

    TODO = "todo"
    COMPLETE = "complete"
    TRY_AGAIN = "try_again"
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    GAVE_UP = "gave_up"
    NEEDS_GRADING = "needs_grading"

    @property
    def finished(self) -> bool:
        """Whether nothing more can be done to the question."""
        return self not in {TryState.TODO, TryState.COMPLETE, TryState.TRY_AGAIN}


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)


def uuid7(at: datetime, entropy: bytes) -> uuid.UUID:
    """Return the UUID version 7 (RFC 9562 §5.7) of an aware moment and 8 bytes of randomness.

    The 12 bits after the milliseconds hold the fraction of the millisecond (§6.2, method 3), so that ids made
    one after the other sort by time to a quarter of a microsecond.
    """
    micros = (at - _EPOCH) // _MICROSECOND
    millis, rest = divmod(micros, 1000)
    tail = int.from_bytes(entropy[:8], "big") & 0x3FFF_FFFF_FFFF_FFFF
    number = (millis & 0xFFFF_FFFF_FFFF) << 80 | 0x7000 << 64 | (rest * 4096 // 1000) << 64 | 0x8 << 60 | tail
    return uuid.UUID(int=number)
