"""Looking at a question as an author: what it can earn, and what is probably wrong with it."""

import itertools
from fractions import Fraction
from typing import Final, NamedTuple

from quizkit.questions._base import Lint, Question, Response

_MOST_RESPONSES: Final = 5_000


class ScoreRow(NamedTuple):
    """A fraction that can be earned, and a response that earns it."""

    fraction: Fraction
    response: Response


class ScoreTable(NamedTuple):
    """Every fraction that a response can earn, highest first.

    `complete` is False where the table was cut because there are too many responses to try.
    """

    rows: tuple[ScoreRow, ...]
    complete: bool


def score_table(question: Question, *, most: int = _MOST_RESPONSES) -> ScoreTable:
    """Return every distinct fraction that a response to the question can earn, with an example of each.

    At most `most` responses are tried; a question that only a person could grade has an empty table.
    """
    samples = question._samples()  # noqa: SLF001 - the other half of the promise
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
    """Return what is probably a mistake of the author's, by stable codes. The question is valid all the same."""
    return question.lint()
