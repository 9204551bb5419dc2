"""How the numbers of a question may be written: with which decimal mark and units, as fractions, in percent."""

import re
import unicodedata
from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

from quizkit._exact import plain, shifted
from quizkit.errors import Invalid
from quizkit.questions._reading import DecimalMark, cleaned, find_number, known_unit
from quizkit.questions._spans import decimal_of
from quizkit.questions._units import forms_of, unit_form

__all__ = ["Notation", "Written"]

_FRACTION: Final = re.compile(
    r"(?P<sign>[+-]?) {0,9}(?:(?P<whole>\d{1,40}) {1,9})?(?P<top>\d{1,40}) {0,9}/ {0,9}(?P<bottom>\d{1,40})(?P<rest>.*)",
    re.ASCII,
)
_GROUP: Final = 3


class Written(NamedTuple):
    """A number as it was written.

    Attributes:
        value: its exact value; a `Fraction` only if it is no decimal.
        unit: its unit, "" for none.
        places: the number of its decimal places; None for a fraction.
        figures: the least and the greatest number of significant figures that it may have; None for a fraction. They
            differ for an integer that ends with zeros, and for zero.
    """

    value: Decimal | Fraction
    unit: str
    places: int | None
    figures: tuple[int, int] | None

    def shown(self) -> str:
        """Return the value as text: 0.5, or 1/3."""
        return format(self.value, "f") if isinstance(self.value, Decimal) else str(self.value)


class Notation(NamedTuple):
    """How the numbers of a question may be written.

    Attributes:
        mark: the accepted decimal mark.
        units: the names of the accepted units; they are returned under these names.
        fractions: whether `1/2`, `2 1/2` and `2½` are read.
        percent: whether `50%` is read, as 0.5.
    """

    mark: DecimalMark = DecimalMark.POINT
    units: tuple[str, ...] = ()
    fractions: bool = False
    percent: bool = False

    def read(self, text: str) -> Written:
        """Return the number that a person typed; see `read_number`.

        Raises:
            Invalid: `number_unreadable`, `number_ambiguous`.
        """
        typed = cleaned(text, self.mark)
        bare = self._without_percent(typed)
        if bare is None:
            return self._read(typed)
        read = self._read(bare)
        if read.unit:
            raise Invalid("number_unreadable", "A number in percent has no unit")
        value = plain(shifted(read.value, -2)) if isinstance(read.value, Decimal) else read.value / 100
        return read._replace(value=value)

    def canonical(self, text: str, *, digits: bool) -> Hashable:
        """Return the canonical form of a typed text: its number and its unit, or the text itself if it is unreadable.

        Args:
            text: the typed text.
            digits: whether numbers that are written with different digits, such as 3.1 and 3.10, are different.
        """
        try:
            read = self.read(text)
        except Invalid:
            return text.strip()
        form = (read.value, unit_form(read.unit))
        return (*form, read.places, read.figures) if digits else form

    def _without_percent(self, typed: str) -> str | None:
        """Return a text without its percent sign, None if it has none; in Turkish the sign is before the number."""
        if not self.percent or "%" in forms_of(self.units) or typed.count("%") != 1:
            return None
        bare = typed.strip("%").strip()
        return None if "%" in bare else bare

    def _read(self, typed: str) -> Written:
        if self.fractions:
            written = typed if typed.isascii() else " ".join(typed.translate(_vulgar_fractions()).split())
            found = _FRACTION.fullmatch(written)
            if found is not None:
                return self._fraction(found)
        number, unit = find_number(typed, self.mark, self.units)
        return Written(plain(number), unit, *_precision(number))

    def _fraction(self, found: re.Match[str]) -> Written:
        whole, top, bottom = int(found["whole"] or 0), int(found["top"]), int(found["bottom"])
        if not bottom:
            raise Invalid("number_unreadable", "The fraction has the denominator 0")
        if found["whole"] is not None:
            if len(found["top"]) == _GROUP and len(found["whole"]) <= _GROUP:  # `1 200/500`
                raise Invalid("number_ambiguous", "This could mean two numbers: thousands, or a whole and a fraction")
            if top >= bottom:
                raise Invalid("number_unreadable", "The fraction beside a whole number must be less than 1")
        value = whole + Fraction(top, bottom)
        value = -value if found["sign"] == "-" else value
        unit = known_unit(found["rest"].strip(), self.units)
        exact = decimal_of(value)
        return Written(value if exact is None else plain(exact), unit, None, None)


def _precision(number: Decimal) -> tuple[int, tuple[int, int]]:
    """Return the decimal places of a number with the digits that were typed, and its significant figures."""
    digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
    places = max(0, -exponent)
    if not number:
        return places, (1, 1 + places)
    most = len(digits)
    # The zeros at the end of 1500 may count or not; those of 15.00 and 1.500e3 count.
    least = most if exponent else len("".join(map(str, digits)).rstrip("0"))
    return places, (least, most)


@cache
def _vulgar_fractions() -> dict[int, str]:
    """Return `1/2` for ½, and so on, with a space before it; and a slash for the fraction slash and the division slash."""
    signs = [*range(0xBC, 0xBF), *range(0x2150, 0x215F), 0x2189]
    written = {code: f" {unicodedata.normalize('NFKC', chr(code)).replace(chr(0x2044), '/')}" for code in signs}
    return {**written, 0x2044: "/", 0x2215: "/"}
