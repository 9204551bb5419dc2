"""Inspecting a question as an author: the fractions it can earn, and probable mistakes."""

import itertools
from fractions import Fraction
from typing import Final, NamedTuple

from quizkit.questions._base import Question, Response
from quizkit.questions._lint import Lint

_MAX_RESPONSES: Final = 5_000


class ScoreRow(NamedTuple):
    """A fraction that can be earned, and a response that earns it."""

    fraction: Fraction
    response: Response


class ScoreTable(NamedTuple):
    """Every fraction that a response can earn, highest first.

    `complete` is False if there are too many responses to try, so that rows may be missing.
    """

    rows: tuple[ScoreRow, ...]
    complete: bool


def score_table(question: Question, *, most: int = _MAX_RESPONSES) -> ScoreTable:
    """Return every distinct fraction that a response to the question can earn, with an example of each.

    It tries at most `most` responses. A question that needs manual grading has an empty table.
    """
    samples = question._samples()  # noqa: SLF001 - this is the caller that types implement it for
    found: dict[Fraction, Response] = {}
    for response in itertools.islice(samples, most):
        fraction = question.mark(response).fraction
        if fraction is not None:
            found.setdefault(fraction, response)
    if found:
        found.setdefault(Fraction(0), question.response_type())
    rows = tuple(ScoreRow(fraction, found[fraction]) for fraction in sorted(found, reverse=True))
    return ScoreTable(rows, complete=next(samples, None) is None)


def lint(question: Question) -> tuple[Lint, ...]:
    """Return probable mistakes of the author, with stable codes. The question is valid anyway."""
    return question.lint()
