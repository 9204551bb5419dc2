"""What programs pass on to verbs from outside: bounded and cleaned before anything else looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid, Problem
from quizkit.questions._unicode import clean

__all__ = ["MOST_WANTED", "text_argument", "texts_argument"]

MOST_WANTED: Final = 100


def text_argument(name: str, text: str, most: int) -> str:
    """Return a text of at most so many characters as it would be stored.

    Raises:
        Invalid: `argument_invalid`: it is longer, or no text that could be stored.
    """
    found = Problem(name, "string_too_long", f"This text has at most {most} characters")
    if len(text) <= most:
        try:
            text = clean(text)
        except PydanticCustomError as fault:
            found = Problem(name, fault.type, fault.message())
        else:
            if len(text) <= most:
                return text
    raise Invalid("argument_invalid", f"The argument {name} is not valid: {found.message}", [found])


def texts_argument(name: str, texts: Iterable[str], most: int) -> list[str]:
    """Return at most a hundred different texts, as they would be stored.

    Raises:
        Invalid: `argument_invalid`: there are more, or one is not valid.
    """
    given = list(islice(texts, MOST_WANTED + 1))
    if len(given) > MOST_WANTED:
        found = Problem(name, "too_long", f"There are at most {MOST_WANTED} of these")
        raise Invalid("argument_invalid", f"The argument {name} is not valid: {found.message}", [found])
    return list(dict.fromkeys(text_argument(name, one, most) for one in given))
