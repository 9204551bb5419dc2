"""The kit of the ready-made models."""

from __future__ import annotations

from typing import Final

from quizkit.crud._kit import Quizkit
from quizkit.models import models

kit: Final = Quizkit(models)
"""The verbs of the ready-made models."""
assignments: Final = kit.assignments
attempts: Final = kit.attempts
banks: Final = kit.banks
categories: Final = kit.categories
gradebook: Final = kit.gradebook
previews: Final = kit.previews
questions: Final = kit.questions
quizzes: Final = kit.quizzes
supervision: Final = kit.supervision
