"""What you call: verbs over the session you already have, sync or async. They flush and never commit.

`quizzes`, `questions` and `banks` are for authors, `attempts` is for takers, `gradebook` for jobs and staff. These work on the ready-made
models; `Quizkit(models)` has the same nouns for classes that you mounted yourself, `Tenants(models, str)` for each
tenant.
"""

from __future__ import annotations

from quizkit.crud._kit import Quizkit, Tenants
from quizkit.crud._verbs import BoundVerb, Noun, Verb, lone_verb, verb
from quizkit.crud.attempts import Attempts
from quizkit.crud.banks import Banks
from quizkit.crud.gradebook import Gradebook
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.models import models as _models

__all__ = [
    "Attempts",
    "Banks",
    "BoundVerb",
    "Gradebook",
    "Noun",
    "Questions",
    "Quizkit",
    "Quizzes",
    "Tenants",
    "Verb",
    "attempts",
    "banks",
    "gradebook",
    "kit",
    "lone_verb",
    "questions",
    "quizzes",
    "verb",
]

kit = Quizkit(_models)
attempts = kit.attempts
banks = kit.banks
gradebook = kit.gradebook
questions = kit.questions
quizzes = kit.quizzes
