r"""Comparing typed text with accepted answers. Used by `short_answer` and `blanks`.

Wildcards are as in Moodle (`qtype_shortanswer_question::compare_string_with_wildcard`): `*` matches any number of
characters, including none; `\*` is a literal star; both sides are in NFC and trimmed; the first match applies. Unlike
in Moodle, `*` also matches a line break, and line breaks at the end are trimmed like other space.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._content import OptionalText, Share, ShortStr, default
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict
from quizkit.questions._model import Model
from quizkit.questions._patterns import matches, refuse_heavy, refuse_pattern


class Fold(StrEnum):
    """Differences between typed and accepted text that an author can choose to ignore."""

    QUOTES = "quotes"
    DASHES = "dashes"
    SPACES = "spaces"
    DIACRITICS = "diacritics"


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


_QUOTES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4\u02bc", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'))  # fmt: skip
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


def normalise(text: str, fold: frozenset[Fold] = frozenset(), *, case_sensitive: bool = True) -> str:
    """Return the text in the form for comparison: NFC, trimmed, with the chosen differences removed."""
    text = unicodedata.normalize("NFC", text).strip()
    if Fold.QUOTES in fold:
        text = text.translate(_QUOTES)
    if Fold.DASHES in fold:
        text = text.translate(_DASHES)
    if Fold.SPACES in fold:
        text = " ".join(text.split())
    if Fold.DIACRITICS in fold:
        loose = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        text = unicodedata.normalize("NFC", loose)
    return text if case_sensitive else unicodedata.normalize("NFC", text.casefold())


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


def answer_matches(answer: TextAnswer, text: str, fold: frozenset[Fold], *, case_sensitive: bool) -> bool:
    """Return whether a typed text matches this answer."""
    if answer.match is TextMatch.PATTERN:
        typed = normalise(text, fold)
        return matches(answer.text, typed, case_sensitive=case_sensitive)
    typed = normalise(text, fold, case_sensitive=case_sensitive)
    if answer.match is TextMatch.EXACT:
        return typed == normalise(answer.text, fold, case_sensitive=case_sensitive)
    pieces = literals(answer.text.strip())
    edges = [pieces[0].lstrip(), *pieces[1:]]
    edges[-1] = edges[-1].rstrip()
    return wildcard_matches([_inside(piece, fold, case_sensitive=case_sensitive) for piece in edges], typed)


def _inside(piece: str, fold: frozenset[Fold], *, case_sensitive: bool) -> str:
    # Space at the edge of a piece is next to a wildcard and significant; only the ends of the whole text are trimmed.
    core = normalise(piece, fold, case_sensitive=case_sensitive)
    if not core:
        return " " if piece and Fold.SPACES in fold else piece
    lead = piece[: len(piece) - len(piece.lstrip())]
    tail = piece[len(piece.rstrip()) :]
    if Fold.SPACES in fold:
        lead, tail = lead and " ", tail and " "
    return lead + core + tail


def first_match(
    answers: Sequence[TextAnswer], text: str, fold: frozenset[Fold], *, case_sensitive: bool
) -> TextAnswer | None:
    """Return the first answer, in the author's order, that the typed text matches."""
    return next((a for a in answers if answer_matches(a, text, fold, case_sensitive=case_sensitive)), None)


def mark_text(answers: Sequence[TextAnswer], text: str, fold: frozenset[Fold], *, case_sensitive: bool) -> Verdict:
    """Return the weight of the first answer that matches, 0 if none does."""
    found = first_match(answers, text, fold, case_sensitive=case_sensitive)
    if found is None:
        return Verdict(ZERO, Trace("first_match", {"typed": text, "matched": None}, ZERO))
    inputs = {"typed": text, "matched": found.text, "by": found.match.value}
    return Verdict(
        found.weight, Trace("first_match", inputs, found.weight), (found.feedback,) if found.feedback else ()
    )


def canonical_text(answers: Sequence[TextAnswer], text: str, fold: frozenset[Fold], *, case_sensitive: bool) -> str:
    """Return the canonical form of a typed text: equal texts match the same answers.

    If there is a pattern, case is kept even if it is ignored in marking, because patterns ignore case differently.
    """
    cased = case_sensitive or any(answer.match is TextMatch.PATTERN for answer in answers)
    return normalise(text, fold, case_sensitive=cased)


def weight_bounds(weights: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Return the minimum and the maximum of the weights and 0."""
    return min(ZERO, *weights), max(ZERO, *weights)


def check_examples(answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> None:
    """Raise an error if a pattern does not match its example.

    Raises:
        PydanticCustomError: the pattern is not valid in this mode, or its example does not match it.
    """
    refuse_heavy(answer.text for answer in answers if answer.match is TextMatch.PATTERN)
    for answer in answers:
        if answer.match is TextMatch.PATTERN:
            refuse_pattern(answer.text, case_sensitive=case_sensitive)
            if not answer_matches(answer, answer.example or "", fold, case_sensitive=case_sensitive):
                raise PydanticCustomError("example_mismatch", "The example does not match its pattern")
