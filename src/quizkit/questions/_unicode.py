"""Text that is safe to normalise, store and send: bounded first, then normalised.

Normalising is quadratic in a run of combining marks: they are sorted by class, and each is tried with what stands
before it. Text has no such runs; 30 marks one after another are the limit of the Stream-Safe Text Format (UAX #15,
section 13), and with it normalising is linear in the length.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError, PydanticKnownError

__all__ = ["LONE", "MAX_MARKS", "at_most", "clean"]

MAX_MARKS: Final = 30
LONE: Final = re.compile("[\ud800-\udfff]")
# Decompose into two marks, though they are none themselves.
_PAIRS: Final = "\u0f73\u0f75\u0f81"
# No mark is above the first two planes, nor below the Latin letters.
_FIRST, _END = 0x300, 0x20000


@cache
def _too_many_marks() -> re.Pattern[str]:
    """Return what finds too long a run. Made on first use: it takes time, and most programs never need it."""
    marks = "".join(chr(code) for code in range(_FIRST, _END) if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}{_PAIRS}]{{{MAX_MARKS + 1}}}")


def clean(text: str) -> str:
    """Return the text in NFC; refuse what a database or a JSON reader would refuse later, and what costs too much.

    NUL is not storable in PostgreSQL, a lone surrogate is not encodable in UTF-8.

    Raises:
        PydanticCustomError: `text_nul`, `text_surrogate`, `text_marks`: more than 30 combining marks in a row.
    """
    if "\0" in text:
        raise PydanticCustomError("text_nul", "Text must not contain the NUL character")
    if text.isascii():
        return text
    if LONE.search(text):
        raise PydanticCustomError("text_surrogate", "Text must not contain lone surrogates")
    if len(text) > MAX_MARKS and _too_many_marks().search(text):
        raise PydanticCustomError(
            "text_marks", "Text must not have more than {most} combining marks in a row", {"most": MAX_MARKS}
        )
    return unicodedata.normalize("NFC", text)


def at_most(length: int) -> AfterValidator:
    """Return the check of a text whose length is bounded already: it is cleaned, and is no longer than that after.

    A few characters become two or three in NFC.
    """

    def check(text: str) -> str:
        text = clean(text)
        if len(text) > length:
            raise PydanticKnownError("string_too_long", {"max_length": length})
        return text

    return AfterValidator(check)
