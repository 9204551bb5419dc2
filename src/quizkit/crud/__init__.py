"""What you call: verbs over the session you already have, sync or async. They flush and never commit.

`quizzes`, `questions`, `banks`, `categories`, `assignments` and `previews` are for authors, `attempts` is for takers, `gradebook`
for jobs and staff. These work on the ready-made models; `Quizkit(models)` has the same nouns for classes that you mounted yourself, `Tenants(models, str)` for each
tenant.
"""

from __future__ import annotations

from quizkit.crud._core.verbs import BoundVerb, Verb, VerbGroup, single_statement, verb
from quizkit.crud._kit import Quizkit, Tenants
from quizkit.crud.assignments import Assignments
from quizkit.crud.attempts import Attempts
from quizkit.crud.attempts.admission import AccessCheck, AccessRequest
from quizkit.crud.banks import Banks
from quizkit.crud.categories import Categories
from quizkit.crud.gradebook import Gradebook
from quizkit.crud.previews import Previews
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.models import models as _models

__all__ = [
    "AccessCheck",
    "AccessRequest",
    "Assignments",
    "Attempts",
    "Banks",
    "BoundVerb",
    "Categories",
    "Gradebook",
    "Previews",
    "Questions",
    "Quizkit",
    "Quizzes",
    "Tenants",
    "Verb",
    "VerbGroup",
    "assignments",
    "attempts",
    "banks",
    "categories",
    "gradebook",
    "kit",
    "previews",
    "questions",
    "quizzes",
    "single_statement",
    "verb",
]

kit = Quizkit(_models)
assignments = kit.assignments
attempts = kit.attempts
banks = kit.banks
categories = kit.categories
gradebook = kit.gradebook
previews = kit.previews
questions = kit.questions
quizzes = kit.quizzes
