r"""Comparing typed text with accepted answers. Used by `short_answer` and `blanks`.

Wildcards are as in Moodle (`qtype_shortanswer_question::compare_string_with_wildcard`): `*` matches any number of
characters, including none; `\*` is a literal star; both sides are compared in one form (see `_folding`); the first match applies. Unlike
in Moodle, `*` also matches a line break, and line breaks at the end are trimmed like other space.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._content import OptionalText, Share, ShortStr, default
from quizkit.questions._folding import AS_TYPED, Comparison, Fold, seen
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict
from quizkit.questions._model import Model
from quizkit.questions._patterns import matches, refuse_heavy, refuse_pattern


class TextMatch(StrEnum):
    """How an accepted answer is compared with the typed text."""

    WILDCARD = "wildcard"
    EXACT = "exact"
    PATTERN = "pattern"


class TextAnswer(Model):
    """A text that is accepted, partly accepted, or expected as a wrong answer."""

    text: ShortStr = Field(min_length=1, description="The text, in which * matches anything, or a pattern.")
    weight: Share = default(ONE, "Its share of the points, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to takers whose response matches.")
    match: TextMatch = Field(
        default=TextMatch.WILDCARD,
        description="wildcard, exact, or pattern: a regular expression that must match the whole response.",
    )
    example: ShortStr | None = Field(
        default=None, description="A text that the pattern matches; required for a pattern."
    )

    @model_validator(mode="after")
    def _pattern_works(self) -> Self:
        if self.match is not TextMatch.PATTERN:
            if self.example is not None:
                raise PydanticCustomError("example_needless", "An example is allowed only for a pattern")
            return self
        if self.example is None:
            raise PydanticCustomError("example_missing", "A pattern needs an example text that it matches")
        refuse_pattern(self.text, case_sensitive=True)
        return self


def literals(pattern: str) -> list[str]:
    r"""Return the literal pieces of a wildcard pattern, with `\*` unescaped: n pieces have n - 1 wildcards."""
    pieces = re.split(r"(?<!\\)\*+", pattern)
    return [piece.replace("\\*", "*") for piece in pieces]


def wildcard_matches(pieces: Sequence[str], text: str) -> bool:
    """Return whether the text contains the pieces in this order, the first and the last one at its ends."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:  # the leftmost position of each piece leaves the most room for the rest
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class _Typed(NamedTuple):
    """The forms of a typed text: the one that is compared with texts, and those that patterns are tried on."""

    form: str
    for_patterns: frozenset[str]


def _typed(text: str, how: Comparison, answers: Sequence[TextAnswer]) -> _Typed:
    if not any(answer.match is TextMatch.PATTERN for answer in answers):
        return _Typed(how.form(text), frozenset())
    cased = how._replace(case_sensitive=True)
    return _Typed(how.form(text), frozenset({AS_TYPED.form(text), cased.form(text)}))


def _matches(answer: TextAnswer, typed: _Typed, how: Comparison) -> bool:
    if answer.match is TextMatch.PATTERN:
        return any(matches(answer.text, form, case_sensitive=how.case_sensitive) for form in typed.for_patterns)
    if answer.match is TextMatch.EXACT:
        return typed.form == how.form(answer.text)
    pieces = literals(seen(answer.text))
    edges = [pieces[0].lstrip(), *pieces[1:]]
    edges[-1] = edges[-1].rstrip()
    return wildcard_matches([_inside(piece, how) for piece in edges], typed.form)


def _inside(piece: str, how: Comparison) -> str:
    # Space at the edge of a piece is next to a wildcard and significant; only the ends of the whole text are trimmed.
    core = how.form(piece)
    if not core:
        return " " if piece and Fold.SPACES in how.fold else piece
    lead = piece[: len(piece) - len(piece.lstrip())]
    tail = piece[len(piece.rstrip()) :]
    if Fold.SPACES in how.fold:
        lead, tail = lead and " ", tail and " "
    return lead + core + tail


def first_match(answers: Sequence[TextAnswer], text: str, how: Comparison) -> TextAnswer | None:
    """Return the first answer, in the author's order, that the typed text matches.

    A pattern is tried on the text as it was typed, and on its form without the differences that are ignored.
    """
    typed = _typed(text, how, answers)
    return next((answer for answer in answers if _matches(answer, typed, how)), None)


def mark_text(answers: Sequence[TextAnswer], text: str, how: Comparison) -> Verdict:
    """Return the weight of the first answer that matches, 0 if none does."""
    found = first_match(answers, text, how)
    if found is None:
        return Verdict(ZERO, Trace("first_match", {"typed": text, "matched": None}, ZERO))
    inputs = {"typed": text, "matched": found.text, "by": found.match.value}
    return Verdict(
        found.weight, Trace("first_match", inputs, found.weight), (found.feedback,) if found.feedback else ()
    )


def canonical_text(answers: Sequence[TextAnswer], text: str, how: Comparison) -> str:
    """Return the canonical form of a typed text: equal texts match the same answers.

    If there is a pattern, every difference counts, because a pattern is tried on the text as it was typed.
    """
    has_pattern = any(answer.match is TextMatch.PATTERN for answer in answers)
    return (AS_TYPED if has_pattern else how).form(text)


def weight_bounds(weights: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Return the minimum and the maximum of the weights and 0."""
    return min(ZERO, *weights), max(ZERO, *weights)


def check_examples(answers: Sequence[TextAnswer], how: Comparison) -> None:
    """Raise an error if a pattern does not match its example.

    Raises:
        PydanticCustomError: the pattern is not valid in this mode, or its example does not match it.
    """
    refuse_heavy(answer.text for answer in answers if answer.match is TextMatch.PATTERN)
    for answer in answers:
        if answer.match is TextMatch.PATTERN:
            refuse_pattern(answer.text, case_sensitive=how.case_sensitive)
            if first_match([answer], answer.example or "", how) is None:
                raise PydanticCustomError("example_mismatch", "The example does not match its pattern")
