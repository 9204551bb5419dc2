"""The public API: verbs over the session you already have, sync or async. They flush and never commit.

Authors use `quizzes`, `questions`, `banks`, `categories`, `assignments` and `previews`; takers use `attempts`; staff
use `supervision` and `gradebook`, jobs `gradebook`. These names work on the ready-made models, which are mapped when one of the names is first used.
`Quizkit(models)` offers the same verbs for classes that you mounted yourself, and `Tenants(models, str)` offers them per
tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizkit import _first_use
from quizkit.crud._core.anonymous import Anonymous
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.host_columns import Columns, Values, Where
from quizkit.crud._core.verbs import BoundVerb, Verb, VerbGroup, reading, single_statement, verb
from quizkit.crud._kit import Quizkit, Tenants
from quizkit.crud.assignments import Assignments
from quizkit.crud.attempts import Attempts
from quizkit.crud.attempts.access_check import AccessCheck, AccessRequest
from quizkit.crud.banks import Banks
from quizkit.crud.categories import Categories
from quizkit.crud.gradebook import Gradebook
from quizkit.crud.previews import Previews
from quizkit.crud.questions import Questions
from quizkit.crud.quizzes import Quizzes
from quizkit.crud.supervision import Supervision

if TYPE_CHECKING:
    from quizkit.crud._ready import (
        assignments,
        attempts,
        banks,
        categories,
        gradebook,
        kit,
        previews,
        questions,
        quizzes,
        supervision,
    )

__all__ = [
    "AccessCheck",
    "AccessRequest",
    "Anonymous",
    "Assignments",
    "Attempts",
    "Banks",
    "BoundVerb",
    "Categories",
    "Columns",
    "Gradebook",
    "NewId",
    "Previews",
    "Questions",
    "Quizkit",
    "Quizzes",
    "Supervision",
    "Tenants",
    "Values",
    "Verb",
    "VerbGroup",
    "Where",
    "assignments",
    "attempts",
    "banks",
    "categories",
    "gradebook",
    "kit",
    "previews",
    "questions",
    "quizzes",
    "reading",
    "single_statement",
    "supervision",
    "verb",
]

if not TYPE_CHECKING:  # a checker that sees a `__getattr__` accepts every name
    _NOUNS = (
        "assignments", "attempts", "banks", "categories", "gradebook", "previews", "questions", "quizzes", "supervision",
    )  # fmt: skip
    for _noun in _NOUNS:
        globals().pop(_noun, None)  # the module with the same name, which is here since it was imported
    __getattr__, __dir__ = _first_use.at_first_use(__name__, dict.fromkeys(("kit", *_NOUNS), "quizkit.crud._ready"))
