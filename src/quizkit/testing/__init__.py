"""Test tools: checks, Hypothesis strategies, factories and sessions that are rolled back.

They need the `testing` extra. `check_question`, `questions`, `responses_for` and `quizzes` are for tests of question
types, `QuizFactory` and `rolled_back` for tests of an application.
"""

from __future__ import annotations

from quizkit.errors import MissingExtra

try:
    from quizkit.testing.checks import check_question
    from quizkit.testing.factories import (
        ChoiceFactory,
        EssayFactory,
        NumericFactory,
        QuizCreateFactory,
        QuizFactory,
        ShortAnswerFactory,
        TrueFalseFactory,
    )
    from quizkit.testing.fixtures import rolled_back, rolled_back_sync
    from quizkit.testing.invariants import Invariants, broken_invariants
    from quizkit.testing.strategies import Quality, questions, quizzes, responses_for, texts, twins_of
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"factory", "hypothesis"}:
        raise
    raise MissingExtra.named("testing", "quizkit.testing") from None

__all__ = [
    "ChoiceFactory",
    "EssayFactory",
    "Invariants",
    "NumericFactory",
    "Quality",
    "QuizCreateFactory",
    "QuizFactory",
    "ShortAnswerFactory",
    "TrueFalseFactory",
    "broken_invariants",
    "check_question",
    "questions",
    "quizzes",
    "responses_for",
    "rolled_back",
    "rolled_back_sync",
    "texts",
    "twins_of",
]
