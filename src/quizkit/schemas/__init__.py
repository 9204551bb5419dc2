"""What you send and get: Pydantic schemas, good enough for OpenAPI. Loads no database."""

from quizkit.schemas._base import Page
from quizkit.schemas.attempts import (
    AttemptReturn,
    Expired,
    Outcome,
    OutcomeQuestion,
    Paper,
    PaperQuestion,
    Saved,
    SaveResponse,
)
from quizkit.schemas.banks import BankCreate, BankReturn
from quizkit.schemas.questions import QuestionReturn
from quizkit.schemas.quizzes import QuizCreate, QuizReturn, QuizUpdate

__all__ = [
    "AttemptReturn",
    "BankCreate",
    "BankReturn",
    "Expired",
    "Outcome",
    "OutcomeQuestion",
    "Page",
    "Paper",
    "PaperQuestion",
    "QuestionReturn",
    "QuizCreate",
    "QuizReturn",
    "QuizUpdate",
    "SaveResponse",
    "Saved",
]
