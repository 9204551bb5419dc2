"""Hypothesis strategies for valid questions, twins, responses and quizzes.

They support a host's own registered question types too: `responses_for` needs only the interface of a question type,
and `questions` accepts further strategies.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from hypothesis import strategies as st

from quizkit.questions import GradeState, Question, QuestionType, Response
from quizkit.schemas import QuizCreate
from quizkit.testing._question_strategies import CHARACTERS, built_in, lines, texts
from quizkit.testing._twins import twins_of

__all__ = ["Quality", "questions", "quizzes", "responses_for", "texts", "twins_of"]

Quality = Literal["any", "right", "partly", "wrong", "blank"]

_MAX_SAMPLES: Final = 200


def questions(
    *types: QuestionType | str, also: Iterable[st.SearchStrategy[Question]] = ()
) -> st.SearchStrategy[Question]:
    """Return a strategy for valid questions of some or all of the built-in types.

    Args:
        types: the types; all by default.
        also: strategies for a host's own types.
    """
    chosen = [QuestionType(name) for name in types] or ([] if also else list(QuestionType))
    return st.one_of(built_in(*chosen), *also)


def responses_for(question: Question, quality: Quality = "any") -> st.SearchStrategy[Response]:
    """Return a strategy for responses to a question that have no problems.

    Args:
        question: a question of any registered type.
        quality: `right` earns full points, `wrong` nothing or less, `partly` something in between; `blank` is a blank
            response; `any` is one of these. If the question has no response of a quality, the strategy is empty.
    """
    blank = question.response_type()
    if quality == "blank":
        return st.just(blank)
    key = question.key()
    samples = [*([key] if key is not None else []), *itertools.islice(question._samples(), _MAX_SAMPLES)]
    if quality == "any":
        free = [st.builds(type(blank), text=lines())] if question.type in {"short_answer", "essay"} else []
        fit = [strategy.filter(lambda response: _can_be_marked(question, response)) for strategy in free]
        return st.one_of(st.just(blank), *([st.sampled_from(samples)] if samples else []), *fit)
    found = [response for response in samples if _quality(question, response) == quality]
    return st.sampled_from(found) if found else st.nothing()


def _can_be_marked(question: Question, response: Response) -> bool:
    return not question.problems(response)


def _quality(question: Question, response: Response) -> Quality:
    return _QUALITIES.get(question.mark(response).state, "blank")


_QUALITIES: Final[Mapping[GradeState, Quality]] = {
    GradeState.RIGHT: "right",
    GradeState.PARTLY: "partly",
    GradeState.WRONG: "wrong",
}


def quizzes(
    questions: st.SearchStrategy[Question] | None = None, *, max_questions: int = 5
) -> st.SearchStrategy[QuizCreate]:
    """Return a strategy for quizzes that can be created and published.

    Args:
        questions: a strategy for their questions; by default of every built-in type.
        max_questions: the maximum number of questions.
    """
    allowed = questions if questions is not None else built_in(*QuestionType)
    return st.builds(
        QuizCreate,
        title=lines(128),
        description=st.none() | st.text(CHARACTERS, max_size=100),
        questions=st.lists(allowed, min_size=1, max_size=max_questions),
        max_attempts=st.none() | st.integers(1, 5),
        time_limit_seconds=st.none() | st.integers(60, 7200),
        grace_seconds=st.sampled_from([0, 30]),
        shuffle_questions=st.booleans(),
    )
