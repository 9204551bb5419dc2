"""Example texts that match accepted answers: for keys, score tables and lint. Used by `short_answer` and `blanks`.

A wildcard matches many texts, and earlier answers may match some of them first. If the earlier answers are only
wildcards and exact texts, two examples decide: the plain one, with every star empty, and one with every star filled
with a character that occurs in no answer. An earlier answer that matches the latter matches all texts of the wildcard,
because its own stars match that character. If there are earlier regular expressions, a few more texts are tried. Each
text is marked before it is used.
"""

import re
import string
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from pydantic_core import PydanticCustomError

from quizkit.questions._content import MAX_SHORT_TEXT
from quizkit.questions._folding import Comparison, seen
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, is_right
from quizkit.questions._text import TextAnswer, TextMatch, first_match, literals
from quizkit.questions._unicode import clean

# The first one suggests "anything"; if the author uses it too, a rare ideograph replaces it.
_UNUSUAL: Final = ("\u2026", "\u25a1", *map(chr, range(0x9F00, 0x9FA0)))
# The number of stars that are filled one by one.
_MAX_STARS: Final = 5


# An HTML tag or entity, bold text or code in Markdown, or a command of TeX. In a wildcard ** means the same as *.
_MARKUP: Final = re.compile(
    r"</?[A-Za-z][^<>]{0,99}>|&(?:[A-Za-z]{2,30}|[#]\d{1,6});|\*\*[^*]{1,99}\*\*|`[^`]{1,99}`|\\[A-Za-z]{2,20}|\$[^$]{1,99}\$"
)


class _Reach:
    """Finds texts that match the answers of one question."""

    def __init__(self, answers: Sequence[TextAnswer], how: Comparison) -> None:
        self.answers, self.how = answers, how
        self.fillers = tuple(_fillers(answers))

    def first(self, text: str) -> TextAnswer | None:
        """Return the first answer that a text matches."""
        return first_match(self.answers, text, self.how)

    def texts(self, answer: TextAnswer) -> Iterator[str]:
        """Yield valid responses that match an answer by itself, the plain one first."""
        return filter(_can_be_typed, _texts_of(answer, self.fillers))

    def text_to(self, answer: TextAnswer) -> str | None:
        """Return a text whose first match is this answer, None if none was found."""
        return next((text for text in self.texts(answer) if self.first(text) is answer), None)

    def best(self) -> str | None:
        """Return a text for the greatest weight that is reachable, None if no text earns full points."""
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
        """Yield texts of the answers with full points, the plain ones of all of them first."""
        full = [answer for answer in self.answers if is_right(answer.weight)]
        tried = [self.texts(answer) for answer in full]
        for texts in tried:
            yield from (text for text in [next(texts, None)] if text is not None)
        for texts in tried:
            yield from texts


def _fillers(answers: Sequence[TextAnswer]) -> Iterator[str]:
    """Yield the texts to fill a star with."""
    written = {character for answer in answers for character in answer.text}
    yield next((character for character in _UNUSUAL if character not in written), "x")
    if any(answer.match is TextMatch.PATTERN for answer in answers):
        letter = next((character for character in string.ascii_lowercase if character not in written), "x")
        yield from (letter, f" {letter} {letter} ", "7")


def _texts_of(answer: TextAnswer, fillers: Sequence[str]) -> Iterator[str]:
    if answer.match is TextMatch.PATTERN:
        yield answer.example or ""
        return
    if answer.match is TextMatch.EXACT:
        yield seen(answer.text)
        return
    pieces = literals(seen(answer.text))
    yield "".join(pieces).strip()
    if len(pieces) == 1:
        return
    yield from (filler.join(pieces).strip() for filler in fillers)
    if len(fillers) > 1:
        for filler in fillers[:2]:
            for at in range(1, len(pieces))[:_MAX_STARS]:
                yield f"{''.join(pieces[:at])}{filler}{''.join(pieces[at:])}".strip()


def _can_be_typed(text: str) -> bool:
    """Return whether this text is a valid response and not blank."""
    try:
        return bool(seen(text)) and len(clean(text)) <= MAX_SHORT_TEXT
    except PydanticCustomError:
        return False


def sample_texts(answers: Sequence[TextAnswer], how: Comparison) -> Iterator[str]:
    """Yield a text for each answer that is reachable, and one that probably matches none."""
    reach = _Reach(answers, how)
    yield from (text for text in map(reach.text_to, answers) if text is not None)
    longest = max((len(answer.text) for answer in answers), default=0)
    yield ("\u25a1" * (longest + 1))[:MAX_SHORT_TEXT]


def best_text(answers: Sequence[TextAnswer], how: Comparison) -> str | None:
    """Return a text that earns the greatest weight, None if no text earns full points."""
    return _Reach(answers, how).best()


def guess_text(answers: Sequence[TextAnswer]) -> Fraction:
    """Return the fraction that any text earns; 0 without an answer that matches anything."""
    anything = (answer for answer in answers if answer.match is TextMatch.WILDCARD and not seen(answer.text).strip("*"))
    return next((answer.weight for answer in anything), ZERO)


def lint_texts(answers: Sequence[TextAnswer], how: Comparison) -> Iterator[Lint]:
    """Yield the answers that are unreachable or contain markup, and whether no response earns full points."""
    reach = _Reach(answers, how)
    for position, answer in enumerate(answers):
        if next(reach.texts(answer), None) is None:
            yield Lint(
                "unreachable_answer",
                "A response of white space is blank, so this answer is unreachable",
                f"answers.{position}",
            )
        elif reach.text_to(answer) is None:
            yield Lint("unreachable_answer", "Earlier answers match all texts of this one", f"answers.{position}")
        if answer.match is not TextMatch.PATTERN and _MARKUP.search(answer.text):
            yield Lint(
                "answer_markup", "The answer contains markup, which takers would have to type", f"answers.{position}"
            )
    if reach.best() is None:
        yield Lint("no_full_answer", "No response earns full points", "answers")
