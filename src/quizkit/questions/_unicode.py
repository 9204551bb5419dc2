"""Text that is safe to normalise, store and send: its length is checked first, then it is normalised.

Normalisation takes quadratic time in a run of combining marks, because it sorts them by class and tries each one with
the preceding characters. Real text has no long runs. The limit of 30 consecutive marks is that of the Stream-Safe Text
Format (UAX #15, section 13); with it normalisation takes linear time.
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
# These decompose into two marks, although they are not marks themselves.
_PAIRS: Final = "\u0f73\u0f75\u0f81"
# There are no marks above the first two planes or below this code point.
_FIRST, _END = 0x300, 0x20000


@cache
def _too_many_marks() -> re.Pattern[str]:
    """Return the pattern for a run that is too long. Built on first use, because it is slow and rarely needed."""
    marks = "".join(chr(code) for code in range(_FIRST, _END) if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}{_PAIRS}]{{{MAX_MARKS + 1}}}")


def clean(text: str) -> str:
    """Return the text in NFC; refuse text that databases or JSON readers reject, or that is too slow to normalise.

    PostgreSQL cannot store NUL, and UTF-8 cannot encode a lone surrogate.

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
    """Return the validator that cleans a text of bounded length and checks the length again.

    A few characters become two or three in NFC.
    """

    def check(text: str) -> str:
        text = clean(text)
        if len(text) > length:
            raise PydanticKnownError("string_too_long", {"max_length": length})
        return text

    return AfterValidator(check)
