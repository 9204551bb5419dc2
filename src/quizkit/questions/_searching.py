"""The forms in which tags are compared, and in which titles and prompts are searched."""

import unicodedata
from typing import Final

from quizkit.questions._folding import COMMON_FOLDS, Comparison, Fold

__all__ = ["search_form", "tag_form"]

_TAGS: Final = Comparison(case_sensitive=False)
_SEARCHED: Final = Comparison(fold=COMMON_FOLDS | {Fold.DIACRITICS}, case_sensitive=False)

# Letters that Unicode does not decompose, and what people type for them.
_LETTERS: Final = str.maketrans(
    {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)


def tag_form(tag: str) -> str:
    """Return the form of a tag: two tags with the same one are one tag. It may be three times as long as the tag."""
    return _TAGS.form(tag)


def search_form(text: str) -> str:
    """Return a text without case, accents, invisible characters and differences of quotes, dashes, spaces and width."""
    folded = _SEARCHED.form(text)
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded.translate(_LETTERS))
