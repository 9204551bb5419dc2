"""Return what must be fixed before a quiz can be published, and what is probably a mistake."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud._drafts import drafting
from quizkit.crud.quizzes import find
from quizkit.crud.quizzes.checks import drafted_slots, problems
from quizkit.schemas import QuizProblem

__all__ = ["lint"]


def lint(work: Work[S], quiz_id: uuid.UUID) -> tuple[QuizProblem, ...]:
    """Return the problems of a quiz.

    Raises:
        NotFound: `quiz_not_found`.
    """
    quiz = find.get(work, quiz_id)
    slots = drafted_slots(work, drafting.newest_revision(work, quiz_id).id)
    return tuple(problems(work, quiz, slots))
