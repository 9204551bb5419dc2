"""Reading typed numbers. The reader never guesses: it refuses a text that is ambiguous."""

import itertools
import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from quizkit._exact import plain
from quizkit.errors import Invalid
from quizkit.questions._content import MAX_DIGITS
from quizkit.questions._units import forms_of, is_known, is_money, unit_form, visible


class DecimalMark(StrEnum):
    """The character that separates the decimal places in typed numbers."""

    POINT = "point"
    COMMA = "comma"
    EITHER = "either"


class Typed(NamedTuple):
    """A typed number: its value, and its unit or "" for none."""

    value: Decimal
    unit: str


# A number with its grouping, then an optional power of ten in one of its usual notations.
_TYPED: Final = re.compile(
    r"""(?P<sign>[+-]?)\ *
        (?P<body>\d(?:[\d.,'_\ ]*\d)?[.,]?|[.,]\d+)
        (?:\ *(?:[eE]|[x*\u00d7\u22c5\u00b7]\ *10\ *(?:\^|\*\*))\ *(?P<exp>[+-]?\ *\d{1,6}|\(\ *[+-]?\ *\d{1,6}\ *\)))?
    """,
    re.VERBOSE | re.ASCII,
)
# Arabic marks: for the decimals, for groups of thousands, for percent.
_MARKS: Final = str.maketrans("\u066b\u066c\u066a", ".'%")
_BREAK: Final = re.compile(r"[^\S ]")  # text on two lines or in two cells is not one number
_MAX_TYPED: Final = 200


def _refuse(code: str, message: str) -> Invalid:
    return Invalid(code, message)


def read_number(text: str, mark: DecimalMark = DecimalMark.POINT, units: Sequence[str] = ()) -> Typed:
    """Return the number that a person typed, and its unit.

    It reads signs (a plus; a minus or any dash), grouping of thousands (by the mark that is not the decimal mark, an
    apostrophe, or a space, thin or not), digits of any script, `3e8`, `3x10^8`, `3×10^8`, `3.0*10^8`, `3.00x10**-8`, `.5` and `5.`. It also
    reads a unit: one of `units`, or a well-known one, after the number (`3 m/s`), or a currency before it
    (`£1,234.56`). It ignores invisible characters, such as direction marks. It refuses any other text beside the number
    (`5 million`, `~5`, `5!`, `1½`).

    Args:
        text: the typed text.
        mark: the accepted decimal mark.
        units: the names of further units; such a unit is returned under its name here, any other as it was typed.

    Raises:
        Invalid: `number_unreadable`: not a number, too many digits, or other text beside it; `number_ambiguous`: it
            could mean two numbers, such as `1,234` if both marks are allowed, or `1.5` if the comma is the mark.
    """
    number, unit = find_number(cleaned(text, mark), mark, units)
    return Typed(plain(number), unit)


def find_number(typed: str, mark: DecimalMark, units: Sequence[str]) -> Typed:
    """Return the number in a cleaned text, with all digits that were typed, also zeros at the end, and its unit.

    Raises:
        Invalid: `number_unreadable`, `number_ambiguous`.
    """
    match = _TYPED.search(typed)
    if match is None:
        raise _refuse("number_unreadable", "This is not a number")
    sign, unit = _around(typed[: match.start()], match, typed[match.end() :], units)
    return Typed(_digits(match, sign, mark), unit)


def cleaned(text: str, mark: DecimalMark) -> str:
    """Return a typed text in the characters that the patterns know.

    Raises:
        Invalid: `number_unreadable`: it is too long, or on two lines.
    """
    typed = text.strip()
    if len(typed) > _MAX_TYPED:
        raise _refuse("number_unreadable", "This is too long for a number")
    typed = visible(typed)
    if _BREAK.search(typed):
        raise _refuse("number_unreadable", "This is not a number")
    if not typed.isascii():
        typed = typed.translate(_MARKS if mark is not DecimalMark.COMMA else {**_MARKS, 0x066B: ","})
    return typed


def _digits(match: re.Match[str], sign: str, mark: DecimalMark) -> Decimal:
    """Return a matched number with all its digits."""
    digits = _ungrouped(match["body"].strip(), mark)
    exponent = int(re.sub(r"[\s()]", "", match["exp"] or "0"))
    if sum(c.isdigit() for c in match["body"]) > MAX_DIGITS or abs(exponent) > MAX_DIGITS:
        raise _refuse("number_unreadable", f"A number has at most {MAX_DIGITS} digits")
    return Decimal(f"{sign}{digits}e{exponent}")


_BESIDE: Final = "There is text beside the number that is not a unit of this question"


def _around(before: str, match: re.Match[str], after: str, units: Sequence[str]) -> tuple[str, str]:
    """Return the sign of a number and its unit, from the text around it."""
    sign = match["sign"]
    left, right = before.strip(), after.strip()
    if left[:1] in {"+", "-"} and left:
        if sign:
            raise _refuse("number_unreadable", "The number has two signs")
        sign, left = left[0], left[1:].strip()
    if not left and not right:
        return sign, ""
    if left and right:
        raise _refuse("number_unreadable", _BESIDE)
    # A letter that touches the number or its sign may belong to something else: `x-5`, `m2 500`.
    if left and left[-1].isalpha() and (match["sign"] or match.start("body") == len(before)):
        raise _refuse("number_unreadable", _BESIDE)
    if not left:
        return sign, known_unit(right, units)
    form = unit_form(left)
    named = forms_of(tuple(units)).get(form)
    if named is None and not is_money(form):
        raise _refuse("number_unreadable", _BESIDE)
    return sign, named or left


def known_unit(after: str, units: Sequence[str]) -> str:
    """Return the unit after a number: the name of one of `units`, else as it was typed; "" for none.

    Raises:
        Invalid: `number_unreadable`: it is no unit.
    """
    form = unit_form(after)
    named = forms_of(tuple(units)).get(form)
    if named is None and after and not is_known(form):
        raise _refuse("number_unreadable", _BESIDE)
    return named or after


def _ungrouped(body: str, mark: DecimalMark) -> str:
    """Return the digits with a point as the decimal mark; refuse an ambiguous text."""
    separators = {c for c in body if not c.isdigit()}
    if "_" in separators or any(a in ".,'" and b in ".,'" for a, b in itertools.pairwise(body)):
        raise _refuse("number_unreadable", "This is not a number")
    decimal = _decimal_mark(body, separators & {".", ","}, mark)
    whole, _, decimals = body.partition(decimal) if decimal else (body, "", "")
    if not decimals.isdigit() and decimals:
        raise _refuse("number_unreadable", "There are grouping marks after the decimal mark")
    groups = re.split("[.,' ]+", whole)
    marks = {c for c in whole if not c.isdigit()}
    if len(marks) > 1 or (marks and (not 1 <= len(groups[0]) <= 3 or any(len(g) != 3 for g in groups[1:]))):
        raise _refuse("number_unreadable", "The digits are not in groups of three")
    if marks and groups[0].startswith("0"):  # grouping never starts like this: `0,123` is meant as a decimal
        raise _refuse("number_ambiguous", "There is a grouping mark after a leading zero")
    return f"{''.join(groups) or '0'}.{decimals}"


def _decimal_mark(body: str, found: set[str], mark: DecimalMark) -> str:
    """Return the decimal mark in the body, "" for none."""
    if mark is DecimalMark.EITHER:
        return _either_mark(body, found)
    own, other = (".", ",") if mark is DecimalMark.POINT else (",", ".")
    if body.count(own) > 1:
        raise _refuse("number_ambiguous", "The number has two decimal marks")
    if other in found and not re.search(rf"\d{re.escape(other)}\d{{3}}(?!\d)", body):
        named = {",": "a comma", ".": "a point"}[own]
        raise _refuse("number_ambiguous", f"The decimal mark of this question is {named}")
    return own if own in found else ""


def _either_mark(body: str, found: set[str]) -> str:
    if len(found) == 2:  # the last one is the decimal mark, whichever it is
        last = max(found, key=body.rfind)
        if body.count(last) > 1:
            raise _refuse("number_unreadable", "This is not a number")
        return last
    if not found:
        return ""
    (only,) = found
    if body.count(only) > 1:
        return ""
    whole, _, decimals = body.partition(only)
    grouped_elsewhere = any(c in "' " for c in whole)
    if len(decimals) == 3 and 1 <= len(whole) <= 3 and whole.lstrip("0") and not grouped_elsewhere:
        raise _refuse("number_ambiguous", "This could mean two numbers: thousands or decimals")
    return only
