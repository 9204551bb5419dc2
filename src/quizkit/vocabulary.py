"""Enums and small value types that every layer shares. Standard library only."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

__all__ = [
    "AccessKind",
    "AccessSource",
    "Action",
    "AttemptEventKind",
    "AttemptPurpose",
    "AttemptState",
    "Behaviour",
    "Certainty",
    "Counting",
    "GradeSource",
    "GradeState",
    "GradingMethod",
    "Navigation",
    "Prefill",
    "QuestionType",
    "QuizState",
    "ReviewCondition",
    "ReviewItem",
    "ReviewMoment",
    "SaveStatus",
    "TieBreak",
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
    GRID = "grid"
    MATCHING = "matching"
    NUMERIC = "numeric"
    ORDERING = "ordering"
    SHORT_ANSWER = "short_answer"
    TRUE_FALSE = "true_false"


class GradeState(StrEnum):
    """The result of grading a response."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    NOT_ANSWERED = "not_answered"
    NEEDS_GRADING = "needs_grading"
    """Needs manual grading; no verb writes manual grades yet."""


class Order(StrEnum):
    """The order of a page: by id, which is the order of creation if ids are UUIDs version 7."""

    OLDEST = "oldest"
    NEWEST = "newest"


class QuizState(StrEnum):
    """The lifecycle state of a quiz."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class AttemptState(StrEnum):
    """The state of an attempt. `OVERDUE` is computed from the current time and never stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    ABANDONED = "abandoned"
    """Its deadline passed before it was submitted, and under its policy it then never counts."""


class AttemptPurpose(StrEnum):
    """The purpose of an attempt. A preview never counts."""

    REAL = "real"
    PREVIEW = "preview"


class AttemptEventKind(StrEnum):
    """What staff did with an attempt."""

    FINISH = "finish"
    """Finished it now."""
    REOPEN = "reopen"
    """Opened it again, with a deadline."""
    VOID = "void"
    """Voided it, so that it never counts."""
    UNVOID = "unvoid"
    """Undid that."""
    LATENESS = "lateness"
    """Waived or set how late it counts as."""


class GradeSource(StrEnum):
    """The source of a grade event."""

    MANUAL = "manual"
    REGRADE = "regrade"
    OVERRIDE = "override"
    REVOKED = "revoked"


class SaveStatus(StrEnum):
    """The result of saving one response."""

    STORED = "stored"
    STALE = "stale"
    REFUSED = "refused"


class Behaviour(StrEnum):
    """When a question is checked, and how often it can be tried."""

    DEFERRED = "deferred"
    """Marked once, when the attempt is finished."""
    IMMEDIATE = "immediate"
    """Checked once, while the attempt is open."""
    INTERACTIVE = "interactive"
    """Checked until it is right or no tries are left; each try has a penalty and shows a hint."""
    ADAPTIVE = "adaptive"
    """Checked repeatedly; the best response counts, and each earlier try has a penalty."""
    ADAPTIVE_NO_PENALTY = "adaptive_no_penalty"
    """Checked repeatedly; the best response counts, without a penalty."""
    DEFERRED_CBM = "deferred_cbm"
    """Deferred, and the taker states how certain they are."""
    IMMEDIATE_CBM = "immediate_cbm"
    """Immediate, and the taker states how certain they are."""


class Counting(StrEnum):
    """Whether the points of a slot count towards the score."""

    COUNTS = "counts"
    EXTRA = "extra"
    """Extra credit: the points are added to the score but not to the maximum."""
    IGNORED = "ignored"
    """Marked and shown, but never part of the score."""


class Navigation(StrEnum):
    """How takers move through the pages of a section."""

    FREE = "free"
    SEQUENTIAL = "sequential"
    """One page after the other, without going back."""


class TimeUp(StrEnum):
    """What happens when the deadline of an attempt passes."""

    SUBMIT = "submit"
    """The saved responses are submitted."""
    ACCEPT_LATE = "accept_late"
    """Responses are accepted for longer, with a penalty."""
    ABANDON = "abandon"
    """An attempt that was not submitted never counts."""


class Prefill(StrEnum):
    """What a new attempt takes over from the last one of the taker, with its paper."""

    NONE = "none"
    ALL = "all"
    """All responses."""
    RIGHT = "right"
    """The right responses, so that the taker answers again what was wrong."""


class GradingMethod(StrEnum):
    """Which of several attempts determine the grade of a quiz."""

    HIGHEST = "highest"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"
    LOWEST = "lowest"
    BEST = "best"
    """The average of the best attempts, as many as `best_attempts` says."""


class ReviewItem(StrEnum):
    """The parts of an attempt that a review may show."""

    QUESTION = "question"
    """The questions themselves; without them a review shows only marks and overall feedback."""
    RESPONSE = "response"
    CORRECTNESS = "correctness"
    MARKS = "marks"
    SPECIFIC_FEEDBACK = "specific_feedback"
    GENERAL_FEEDBACK = "general_feedback"
    RIGHT_ANSWER = "right_answer"
    OVERALL_FEEDBACK = "overall_feedback"


class ReviewCondition(StrEnum):
    """A condition, besides the review moment, for showing right answers."""

    PASSED = "passed"
    """The attempt has reached the pass mark, and no part of it needs manual grading."""
    USED_UP = "used_up"
    """The taker has no attempt left in the assignment, under the most lenient of the known rules."""
    ARCHIVED = "archived"
    """The assignment or the quiz is archived, so nobody can get another attempt."""


class ReviewMoment(StrEnum):
    """When a review is requested; a policy names the moments at which it shows something."""

    DURING = "during"
    """While the attempt is open."""
    RIGHT_AFTER = "right_after"
    """In the first two minutes after the attempt was finished."""
    LATER = "later"
    """After that, while others can still answer."""
    AFTER_CLOSE = "after_close"
    """When nobody can answer any longer, in any assignment of the quiz."""
    RELEASED = "released"
    """Beside one of the last three: from the date `released_at` of the review policy on."""


class AccessKind(StrEnum):
    """The kind of an access event."""

    OVERRIDE = "override"
    """Different rules for one taker or one group, in one assignment."""
    EXTENSION = "extension"
    """More time during an exam."""
    ACCOMMODATION = "accommodation"
    """More time for one person, in every assignment."""


class AccessSource(StrEnum):
    """The rule that an access value comes from."""

    DEFAULT = "default"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    GROUP = "group"
    TAKER = "taker"
    ACCOMMODATION = "accommodation"


class Action(StrEnum):
    """A step that a taker takes on a question."""

    SAVE = "save"
    CHECK = "check"
    TRY_AGAIN = "try_again"
    FINISH = "finish"


class Certainty(StrEnum):
    """How certain a taker is of a response."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


class TieBreak(StrEnum):
    """How takers with equal grades are ranked on a leaderboard."""

    SHARED = "shared"
    """They share a rank, and the ranks after it are skipped."""
    TIME = "time"
    """Who reached the grade first is ranked first."""
    ATTEMPTS = "attempts"
    """Who needed fewer attempts is ranked first."""


class TryState(StrEnum):
    """The state of a question in an attempt."""

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
        """Whether the question accepts no further steps."""
        return self not in {TryState.TODO, TryState.COMPLETE, TryState.TRY_AGAIN}


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)


def uuid7(at: datetime, entropy: bytes) -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562 §5.7) from an aware time and 8 random bytes.

    The 12 bits after the milliseconds hold the fraction of the millisecond (§6.2, method 3), so that ids sort by
    time with a resolution of a quarter of a microsecond.
    """
    micros = (at - _EPOCH) // _MICROSECOND
    millis, rest = divmod(micros, 1000)
    tail = int.from_bytes(entropy[:8], "big") & 0x3FFF_FFFF_FFFF_FFFF
    number = (millis & 0xFFFF_FFFF_FFFF) << 80 | 0x7000 << 64 | (rest * 4096 // 1000) << 64 | 0x8 << 60 | tail
    return uuid.UUID(int=number)
