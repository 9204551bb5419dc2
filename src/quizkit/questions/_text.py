r"""Comparing typed text with accepted answers. Used by `short_answer` and `blanks`.

Wildcards as in Moodle (`qtype_shortanswer_question::compare_string_with_wildcard`): `*` stands for any run of
characters, also none; `\*` is a star; both sides are in NFC and trimmed; the first answer that matches wins.
Unlike Moodle's, a `*` here matches a line break too, and a line break at the end is trimmed with other space.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._base import ONE, ZERO, Trace, Verdict
from quizkit.questions._content import Model, OptionalText, Share, ShortStr, default
from quizkit.questions._patterns import matches, refuse_heavy, refuse_pattern


class Fold(StrEnum):
    """Differences between typed and accepted text that an author may choose to ignore."""

    QUOTES = "quotes"
    DASHES = "dashes"
    SPACES = "spaces"
    DIACRITICS = "diacritics"


class TextMatch(StrEnum):
    """How an accepted answer is compared with what was typed."""

    WILDCARD = "wildcard"
    EXACT = "exact"
    PATTERN = "pattern"


class TextAnswer(Model):
    """An accepted text, or a partly accepted or foreseen wrong one."""

    text: ShortStr = Field(min_length=1, description="The text, with * for anything, or a pattern.")
    weight: Share = default(ONE, "Its share of the points, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to those whose answer matches.")
    match: TextMatch = Field(
        default=TextMatch.WILDCARD,
        description="wildcard, exact, or pattern: a regular expression that must match the whole answer.",
    )
    example: ShortStr | None = Field(default=None, description="A text that a pattern matches; needed for a pattern.")

    @model_validator(mode="after")
    def _pattern_works(self) -> Self:
        if self.match is not TextMatch.PATTERN:
            if self.example is not None:
                raise PydanticCustomError("example_needless", "Only a pattern takes an example")
            return self
        if self.example is None:
            raise PydanticCustomError("example_missing", "A pattern needs an example that it matches")
        refuse_pattern(self.text, case_sensitive=True)
        return self


_QUOTES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4\u02bc", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'))  # fmt: skip
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


def normalise(text: str, fold: frozenset[Fold] = frozenset(), *, case_sensitive: bool = True) -> str:
    """Return the text as it is compared: NFC, trimmed, with the chosen differences removed."""
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
    r"""Return the literal pieces of a wildcard pattern, `\*` made a star: n pieces have n - 1 wildcards."""
    pieces = re.split(r"(?<!\\)\*+", pattern)
    return [piece.replace("\\*", "*") for piece in pieces]


def wildcard_matches(pieces: Sequence[str], text: str) -> bool:
    """Return whether the pieces stand in the text in this order, the first and the last at its ends."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:  # the leftmost place of each leaves most room for the rest
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def answer_matches(answer: TextAnswer, text: str, fold: frozenset[Fold], *, case_sensitive: bool) -> bool:
    """Return whether a typed text is this answer."""
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
    # Space at the edge of a piece touches a wildcard and means something: only the ends of the whole are trimmed.
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
    """Return the weight of the first answer that matches, 0 where none does."""
    found = first_match(answers, text, fold, case_sensitive=case_sensitive)
    if found is None:
        return Verdict(ZERO, Trace("first_match", {"typed": text, "matched": None}, ZERO))
    inputs = {"typed": text, "matched": found.text, "by": found.match.value}
    return Verdict(
        found.weight, Trace("first_match", inputs, found.weight), (found.feedback,) if found.feedback else ()
    )


def canonical_text(answers: Sequence[TextAnswer], text: str, fold: frozenset[Fold], *, case_sensitive: bool) -> str:
    """Return what a typed text says: two that are equal here match the same answers.

    Case counts beside a pattern also where it is ignored, because a pattern ignores it in a way of its own.
    """
    cased = case_sensitive or any(answer.match is TextMatch.PATTERN for answer in answers)
    return normalise(text, fold, case_sensitive=cased)


def weight_bounds(weights: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Return the least and the greatest of the weights and of no answer at all."""
    return min(ZERO, *weights), max(ZERO, *weights)


def check_examples(answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> None:
    """Refuse a pattern whose example it does not match.

    Raises:
        PydanticCustomError: the pattern is not valid in this mode, or its example does not match it.
    """
    refuse_heavy(answer.text for answer in answers if answer.match is TextMatch.PATTERN)
    for answer in answers:
        if answer.match is TextMatch.PATTERN:
            refuse_pattern(answer.text, case_sensitive=case_sensitive)
            if not answer_matches(answer, answer.example or "", fold, case_sensitive=case_sensitive):
                raise PydanticCustomError("example_mismatch", "The example does not match its pattern")
