"""The Pydantic schemas of requests and replies, ready for OpenAPI. Loads no database code.

The module of a schema is loaded when its name is first used (decision 0072).
"""

from typing import TYPE_CHECKING

from quizkit import _first_use

if TYPE_CHECKING:
    from quizkit.schemas._base import Page
    from quizkit.schemas.assignments import (
        AccessEffect,
        AccessEventReturn,
        AccessReport,
        AccessSettings,
        AccessValue,
        AccommodationSettings,
        AssignmentCreate,
        AssignmentReturn,
        AssignmentSettings,
        AssignmentUpdate,
        Extended,
        OpenAttempt,
        StricterException,
    )
    from quizkit.schemas.attempts import (
        AttemptReturn,
        Checked,
        CheckResponse,
        Claimed,
        Flagged,
        Outcome,
        Paper,
        PaperQuestion,
        ResponseProblem,
        Review,
        ReviewedQuestion,
        ReviewedTry,
        Saved,
        SaveResponse,
        Sent,
    )
    from quizkit.schemas.bands import FeedbackBand
    from quizkit.schemas.banks import BankCreate, BankReturn, BankUpdate
    from quizkit.schemas.categories import CategoryCreate, CategoryReturn, CategoryUpdate
    from quizkit.schemas.credit import CreditStep
    from quizkit.schemas.gradebook import (
        Expired,
        ExpiredAttempt,
        GroupMean,
        LeaderboardEntry,
        LeaderboardPlace,
        QuizGradeReturn,
        Rebuilt,
        RosterEntry,
        Standing,
        TakerGrade,
    )
    from quizkit.schemas.notices import Notice, PaperNotice
    from quizkit.schemas.outlines import DrawSlot, QuestionSlot, QuizOutline, SectionOutline
    from quizkit.schemas.problems import FieldProblem, ProblemDetails
    from quizkit.schemas.questions import Moved, QuestionProblem, QuestionReturn
    from quizkit.schemas.quizzes import QuizCreate, QuizProblem, QuizReturn, QuizUpdate
    from quizkit.schemas.review import ReviewPolicy
    from quizkit.schemas.sections import PaperSection, SectionResult
    from quizkit.schemas.supervision import AttemptEventReturn, FinishedBatch, SupervisedAttempt, SupervisedReview

__all__ = [
    "AccessEffect",
    "AccessEventReturn",
    "AccessReport",
    "AccessSettings",
    "AccessValue",
    "AccommodationSettings",
    "AssignmentCreate",
    "AssignmentReturn",
    "AssignmentSettings",
    "AssignmentUpdate",
    "AttemptEventReturn",
    "AttemptReturn",
    "BankCreate",
    "BankReturn",
    "BankUpdate",
    "CategoryCreate",
    "CategoryReturn",
    "CategoryUpdate",
    "CheckResponse",
    "Checked",
    "Claimed",
    "CreditStep",
    "DrawSlot",
    "Expired",
    "ExpiredAttempt",
    "Extended",
    "FeedbackBand",
    "FieldProblem",
    "FinishedBatch",
    "Flagged",
    "GroupMean",
    "LeaderboardEntry",
    "LeaderboardPlace",
    "Moved",
    "Notice",
    "OpenAttempt",
    "Outcome",
    "Page",
    "Paper",
    "PaperNotice",
    "PaperQuestion",
    "PaperSection",
    "ProblemDetails",
    "QuestionProblem",
    "QuestionReturn",
    "QuestionSlot",
    "QuizCreate",
    "QuizGradeReturn",
    "QuizOutline",
    "QuizProblem",
    "QuizReturn",
    "QuizUpdate",
    "Rebuilt",
    "ResponseProblem",
    "Review",
    "ReviewPolicy",
    "ReviewedQuestion",
    "ReviewedTry",
    "RosterEntry",
    "SaveResponse",
    "Saved",
    "SectionOutline",
    "SectionResult",
    "Sent",
    "Standing",
    "StricterException",
    "SupervisedAttempt",
    "SupervisedReview",
    "TakerGrade",
]

if not TYPE_CHECKING:  # a checker that sees a `__getattr__` accepts every name
    _MODULES = {
        "_base": ("Page",),
        "assignments": (
            "AccessEffect",
            "AccessEventReturn",
            "AccessReport",
            "AccessSettings",
            "AccessValue",
            "AccommodationSettings",
            "AssignmentCreate",
            "AssignmentReturn",
            "AssignmentSettings",
            "AssignmentUpdate",
            "Extended",
            "OpenAttempt",
            "StricterException",
        ),
        "attempts": (
            "AttemptReturn",
            "Checked",
            "CheckResponse",
            "Claimed",
            "Flagged",
            "Outcome",
            "Paper",
            "PaperQuestion",
            "ResponseProblem",
            "Review",
            "ReviewedQuestion",
            "ReviewedTry",
            "Saved",
            "SaveResponse",
            "Sent",
        ),
        "bands": ("FeedbackBand",),
        "banks": ("BankCreate", "BankReturn", "BankUpdate"),
        "categories": ("CategoryCreate", "CategoryReturn", "CategoryUpdate"),
        "credit": ("CreditStep",),
        "gradebook": (
            "Expired",
            "ExpiredAttempt",
            "GroupMean",
            "LeaderboardEntry",
            "LeaderboardPlace",
            "QuizGradeReturn",
            "Rebuilt",
            "RosterEntry",
            "Standing",
            "TakerGrade",
        ),
        "notices": ("Notice", "PaperNotice"),
        "outlines": ("DrawSlot", "QuestionSlot", "QuizOutline", "SectionOutline"),
        "problems": ("FieldProblem", "ProblemDetails"),
        "questions": ("Moved", "QuestionProblem", "QuestionReturn"),
        "quizzes": ("QuizCreate", "QuizProblem", "QuizReturn", "QuizUpdate"),
        "review": ("ReviewPolicy",),
        "sections": ("PaperSection", "SectionResult"),
        "supervision": ("AttemptEventReturn", "FinishedBatch", "SupervisedAttempt", "SupervisedReview"),
    }
    _PLACES = {name: f"quizkit.schemas.{module}" for module, names in _MODULES.items() for name in names}
    __getattr__, __dir__ = _first_use.at_first_use(__name__, _PLACES, _MODULES)
