"""Which differences between two texts count, and the form in which texts are compared."""

import unicodedata
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

__all__ = ["AS_TYPED", "COMMON_FOLDS", "INVISIBLE", "Comparison", "Fold", "seen", "widths"]


class Fold(StrEnum):
    """A difference between the typed and the accepted text that an author can choose to ignore."""

    QUOTES = "quotes"
    DASHES = "dashes"
    SPACES = "spaces"
    WIDTH = "width"
    DIACRITICS = "diacritics"


COMMON_FOLDS: Final = frozenset({Fold.QUOTES, Fold.DASHES, Fold.SPACES, Fold.WIDTH})
"""What phones and word processors change by themselves: quotes, dashes, spaces and full-width forms."""

_QUOTES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060\u00b4\u02bc", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'))  # fmt: skip
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))

# Soft hyphen, grapheme joiner, zero-width space, word joiner, byte order mark, direction marks, variation selectors.
# Not among them: the zero-width joiner and non-joiner, which change words in Persian and in Indic scripts, and emoji;
# U+202E, which reverses the text that a reader sees.
INVISIBLE: Final = dict.fromkeys(
    [
        0x00AD, 0x034F, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202E), 0x2060,
        *range(0x2066, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF,
    ]
)  # fmt: skip

# The classes of no mark, and of the marks that make another letter: nukta, kana voicing, virama.
_LETTER_MARKS: Final = frozenset({0, 7, 8, 9})

# In these languages the letter i has a dot in both cases, or in neither (Unicode, SpecialCasing).
_DOTLESS: Final = frozenset({"tr", "az"})
_DOTLESS_CASE: Final = str.maketrans({"I": "\u0131", "\u0130": "i"})


@cache
def widths() -> dict[int, str]:
    """Return the ordinary character for each full-width or half-width one. Built on first use: no ASCII text needs it.

    U+FFA0 and U+FFE3 are left out, because they become a filler and a space.
    """
    forms = (code for code in range(0xFF01, 0xFFEF) if code not in {0xFFA0, 0xFFE3})
    return {code: unicodedata.normalize("NFKC", chr(code)) for code in forms}


def seen(text: str) -> str:
    """Return a text without invisible characters and without space around it."""
    return (text if text.isascii() else text.translate(INVISIBLE)).strip()


class Comparison(NamedTuple):
    """How two texts are compared.

    Attributes:
        fold: the differences that are ignored.
        case_sensitive: whether case matters.
        language: the BCP 47 tag of the texts, by which case is folded; None if it is not known.
    """

    fold: frozenset[Fold] = frozenset()
    case_sensitive: bool = True
    language: str | None = None

    def form(self, text: str) -> str:
        """Return the form in which a text is compared: NFC, without invisible characters, trimmed, and folded."""
        text = seen(unicodedata.normalize("NFC", text))
        if Fold.WIDTH in self.fold and not text.isascii():
            text = unicodedata.normalize("NFC", text.translate(widths()))
        if Fold.QUOTES in self.fold:
            text = text.translate(_QUOTES)
        if Fold.DASHES in self.fold:
            text = text.translate(_DASHES)
        if Fold.SPACES in self.fold:
            text = " ".join(text.split())
        if not self.case_sensitive:
            text = self._without_case(text)
        if Fold.DIACRITICS in self.fold:
            loose = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.combining(c) in _LETTER_MARKS)
            text = unicodedata.normalize("NFC", loose)
        return text

    def _without_case(self, text: str) -> str:
        if self.language is not None and self.language.lower().partition("-")[0] in _DOTLESS:
            text = text.translate(_DOTLESS_CASE)
        return unicodedata.normalize("NFC", text.casefold())


AS_TYPED: Final = Comparison()
"""Only the Unicode form, invisible characters and space around the text are ignored."""
