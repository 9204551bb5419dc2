r"""Authors' patterns: matched in linear time, with a limit on the time and the memory for compiling them.

The engine expands counted repetitions, and a class such as `\w` has hundreds of ranges: `\w{100}` takes 12 MB and
200 ms to compile. So the size of a pattern is estimated before it is compiled.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Final

from pydantic_core import PydanticCustomError, SchemaError, SchemaValidator, ValidationError, core_schema

__all__ = ["matches", "refuse_heavy", "refuse_pattern", "weight"]

MAX_PATTERN: Final = 500
MAX_WEIGHT: Final = 7_000
MAX_WEIGHTS: Final = 3 * MAX_WEIGHT
"""The size limits for one pattern and for all patterns of one question, in units of about 100 bytes."""

_TOKEN: Final = re.compile(
    r"""(?P<named>\\[pP](?:\{[^}]{0,40}\}|.))
    |   (?P<escape>\\(?:[xuU](?:\{[^}]{0,10}\})?|.))
    |   (?P<opens>\(\?[a-zA-Z-]*|\()
    |   (?P<closes>\))
    |   (?P<class>\[\^?\]?)
    |   (?P<ends>\])
    |   \{(?P<least>\d{0,9})(?P<comma>,?)(?P<most>\d{0,9})\}
    |   (?P<again>[*+?|])
    |   (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {**dict.fromkeys("wW", 600), **dict.fromkeys("dD", 50), **dict.fromkeys("sS", 20), **dict.fromkeys("bB", 600)}  # fmt: skip
_NAMED: Final = 600
_DOT: Final = 10


def weight(pattern: str) -> int:
    """Return the estimated compiled size of a pattern, in units of 100 bytes; one with free spacing is too large.

    It is an upper bound: a repetition counts its maximum number of times, and each named class as one of the largest.
    """
    levels: list[list[int]] = [[0, 0]]  # for each open group: the sum, and the last part, to which a repetition applies
    classes = 0
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if classes and kind not in {"named", "escape", "class", "ends"}:
            levels[-1][0] += 1
        elif kind in {"opens", "class"}:
            if "x" in token[0]:
                return MAX_WEIGHTS + 1  # comments cannot be distinguished from repetitions in this mode
            classes += kind == "class"
            levels.append([_DOT, 0])
        elif (kind == "closes" or (kind == "ends" and classes)) and len(levels) > 1:
            classes -= kind == "ends"
            _add(levels[-2], levels.pop()[0])
        elif token["least"] is not None or token["comma"]:
            times = max(1, int(token["most"] or 0), int(token["least"] or 0) + bool(token["comma"]))
            levels[-1][0] += levels[-1][1] * (times - 1)
            levels[-1][1] *= times
        elif kind != "again":
            _add(levels[-1], _part(token))
    return sum(total for total, _ in levels)


def _add(level: list[int], part: int) -> None:
    level[0] += part
    level[1] = part


def _part(token: re.Match[str]) -> int:
    if token["named"]:
        return _NAMED
    return _ESCAPES.get(token["escape"][1], 1) if token["escape"] else _DOT if token[0] == "." else 1


def refuse_pattern(pattern: str, *, case_sensitive: bool) -> None:
    """Raise an error if a pattern cannot be used.

    Raises:
        PydanticCustomError: it is not valid, too long, or too large when compiled.
    """
    if len(pattern) > MAX_PATTERN:
        raise PydanticCustomError(
            "pattern_length", "A pattern must have at most {most} characters", {"most": MAX_PATTERN}
        )
    if weight(pattern) <= MAX_WEIGHT:
        with suppress(SchemaError):
            _compiled(pattern, case_sensitive=case_sensitive)
            return
    raise PydanticCustomError("pattern_invalid", "The pattern is not valid, or is too large")


def refuse_heavy(patterns: Iterable[str]) -> None:
    """Raise an error if the patterns of one question together take too long to compile."""
    if sum(map(weight, patterns)) > MAX_WEIGHTS:
        raise PydanticCustomError("pattern_invalid", "The patterns are too large together")


def matches(pattern: str, text: str, *, case_sensitive: bool) -> bool:
    """Return whether a valid pattern matches the whole text."""
    try:
        _compiled(pattern, case_sensitive=case_sensitive).validate_python(text)
    except ValidationError:
        return False
    return True


def _compiled(pattern: str, *, case_sensitive: bool) -> SchemaValidator:
    """Return an anchored matcher with linear run time: pydantic-core's Rust engine, without backtracking."""
    keep = _kept_light if weight(pattern) <= _LIGHT else _kept_heavy
    return keep(pattern, case_sensitive)


_LIGHT: Final = 500


def _made(pattern: str, case_sensitive: bool) -> SchemaValidator:  # noqa: FBT001 - an argument of a cached function
    # Compile it alone first: `a)|(b` is valid only inside our group, where it would escape the anchors.
    _matcher(pattern)
    return _matcher(f"{'' if case_sensitive else '(?i)'}\\A(?:{pattern})\\z")


# The cache sizes limit the memory to about 50 MB each.
_kept_light: Final = lru_cache(maxsize=1024)(_made)
_kept_heavy: Final = lru_cache(maxsize=64)(_made)


def _matcher(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
