"""Texts that reach accepted answers: for keys, score tables and lint. Used by `short_answer` and `blanks`.

A wildcard stands for many texts, and answers before it may take some of them. Where only wildcards and exact answers are
before it, two texts decide: the plain one, every star empty, and the one with every star a character that stands in no
answer. An answer that takes the latter takes all the texts of the wildcard, since there its own stars take that character.
Where regular expressions are before it a few more are tried. Each text is marked before it is used.
"""

import string
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from pydantic_core import PydanticCustomError

from quizkit.questions._base import ZERO, Lint, is_right
from quizkit.questions._content import MAX_SHORT_TEXT
from quizkit.questions._text import Fold, TextAnswer, TextMatch, first_match, literals
from quizkit.questions._unicode import clean

# The first reads as "anything"; an author who writes it too gets a rare ideograph.
_UNUSUAL: Final = ("\u2026", "\u25a1", *map(chr, range(0x9F00, 0x9FA0)))
# Further texts are tried for so many stars one by one.
_MOST_STARS: Final = 5


class _Reach:
    """Which texts the answers of one question take."""

    def __init__(self, answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> None:
        self.answers, self.fold, self.case_sensitive = answers, fold, case_sensitive
        self.fillers = tuple(_fillers(answers))

    def first(self, text: str) -> TextAnswer | None:
        """Return the answer that a text reaches."""
        return first_match(self.answers, text, self.fold, case_sensitive=self.case_sensitive)

    def texts(self, answer: TextAnswer) -> Iterator[str]:
        """Yield texts of an answer that can be typed, the plain one first."""
        return filter(_can_be_typed, _texts_of(answer, self.fillers))

    def text_to(self, answer: TextAnswer) -> str | None:
        """Return a text that reaches an answer, None where none was found."""
        return next((text for text in self.texts(answer) if self.first(text) is answer), None)

    def best(self) -> str | None:
        """Return a text that earns the greatest weight that one was found for, None where that is not a full one."""
        greatest = max(answer.weight for answer in self.answers)
        best, earned = None, ZERO
        for text in self._candidates():
            found = self.first(text)
            if found is not None and is_right(found.weight) and found.weight > earned:
                best, earned = text, found.weight
                if earned == greatest:
                    break
        return best

    def _candidates(self) -> Iterator[str]:
        """Yield texts of the full answers, the plain ones of all of them first."""
        full = [answer for answer in self.answers if is_right(answer.weight)]
        tried = [self.texts(answer) for answer in full]
        for texts in tried:
            yield from (text for text in [next(texts, None)] if text is not None)
        for texts in tried:
            yield from texts


def _fillers(answers: Sequence[TextAnswer]) -> Iterator[str]:
    """Yield what a star is filled with."""
    written = {character for answer in answers for character in answer.text}
    yield next((one for one in _UNUSUAL if one not in written), "x")
    if any(answer.match is TextMatch.PATTERN for answer in answers):
        letter = next((one for one in string.ascii_lowercase if one not in written), "x")
        yield from (letter, f" {letter} {letter} ", "7")


def _texts_of(answer: TextAnswer, fillers: Sequence[str]) -> Iterator[str]:
    if answer.match is TextMatch.PATTERN:
        yield answer.example or ""
        return
    if answer.match is TextMatch.EXACT:
        yield answer.text.strip()
        return
    pieces = literals(answer.text.strip())
    yield "".join(pieces).strip()
    if len(pieces) == 1:
        return
    yield from (filler.join(pieces).strip() for filler in fillers)
    if len(fillers) > 1:
        for filler in fillers[:2]:
            for at in range(1, len(pieces))[:_MOST_STARS]:
                yield f"{''.join(pieces[:at])}{filler}{''.join(pieces[at:])}".strip()


def _can_be_typed(text: str) -> bool:
    """Return whether a response may be this text, and is not blank then."""
    try:
        return bool(text.strip()) and len(clean(text)) <= MAX_SHORT_TEXT
    except PydanticCustomError:
        return False


def sample_texts(answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> Iterator[str]:
    """Yield a text for each answer that one was found for, and one that probably matches none."""
    reach = _Reach(answers, fold, case_sensitive=case_sensitive)
    yield from (text for text in map(reach.text_to, answers) if text is not None)
    longest = max((len(answer.text) for answer in answers), default=0)
    yield ("\u25a1" * (longest + 1))[:MAX_SHORT_TEXT]


def best_text(answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> str | None:
    """Return a text that earns the greatest weight, None where that is not a full one."""
    return _Reach(answers, fold, case_sensitive=case_sensitive).best()


def guess_text(answers: Sequence[TextAnswer]) -> Fraction:
    """Return what any text earns, 0 where none is foreseen."""
    anything = (
        answer for answer in answers if answer.match is TextMatch.WILDCARD and not answer.text.strip().strip("*")
    )
    return next((answer.weight for answer in anything), ZERO)


def lint_texts(answers: Sequence[TextAnswer], fold: frozenset[Fold], *, case_sensitive: bool) -> Iterator[Lint]:
    """Yield answers that can never be reached, and the absence of a full one."""
    reach = _Reach(answers, fold, case_sensitive=case_sensitive)
    for position, answer in enumerate(answers):
        if next(reach.texts(answer), None) is None:
            yield Lint("unreachable_answer", "White space alone is no answer", f"answers.{position}")
        elif reach.text_to(answer) is None:
            yield Lint("unreachable_answer", "Answers before this one take all of its texts", f"answers.{position}")
    if reach.best() is None:
        yield Lint("no_full_answer", "No answer earns all the points", "answers")
