"""Counting the words of a text, in scripts with and without spaces between them."""

import re
from functools import cache
from typing import Final

__all__ = ["count_words"]

# Han and kana, which are written without spaces. Word processors count each of their characters as a word.
_RANGES: Final = (
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F), (0x1B000, 0x1B16F), (0x20000, 0x323AF),
)  # fmt: skip
# A zero-width space separates words in Thai, Lao, Khmer and Burmese.
_SPACE: Final = re.compile("[\\s\u200b]")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")


def count_words(text: str) -> int:
    """Return the number of words: of runs between spaces, where each character of Han and kana is a word of its own.

    Thai, Lao, Khmer and Burmese have no spaces between words, and finding them takes a dictionary: a run counts as one
    word there, unless zero-width spaces separate the words.
    """
    runs = filter(None, _SPACE.split(text))
    return len(text.split()) if text.isascii() else sum(map(_words_of, runs))


def _words_of(run: str) -> int:
    """Return the number of words in a run without spaces; punctuation beside Han and kana is no word."""
    pieces = _unspaced().split(run)
    if len(pieces) == 1:
        return 1
    return len(pieces) - 1 + sum(any(map(str.isalnum, piece)) for piece in pieces)
