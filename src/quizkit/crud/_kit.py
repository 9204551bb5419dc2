"""A kit: every verb, bound to one set of mounted classes."""

from __future__ import annotations

from typing import Any, Generic

from quizkit.crud._verbs import S
from quizkit.crud.attempts import Attempts
from quizkit.crud.banks import Banks
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.models import Models

__all__ = ["Quizkit"]


class Quizkit(Generic[S]):
    """Everything quizkit can do with your tables. Make one for each set of models, once."""

    def __init__(self, models: Models[S]) -> None:
        self.models = models
        self.attempts: Attempts[S] = Attempts(models)
        self.banks: Banks[S] = Banks(models)
        self.questions: Questions[S] = Questions(models)
        self.quizzes: Quizzes[S] = Quizzes(models)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.models,)
