"""Normalising typed units, and the list of well-known units. Used for reading numbers.

A word beside a number may change its value (5 million, minus 5, 5 dozen), in every language. So a word counts as a unit
only if the question names it, or if it consists of symbols and names that stand only for units.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from quizkit.questions._folding import INVISIBLE, widths

# Joiners have no meaning beside digits.
_INVISIBLE: Final = {**INVISIBLE, 0x200C: None, 0x200D: None, 0x2065: None}
_DASHES: Final = dict.fromkeys(
    [*range(0x2010, 0x2016), 0x2212, 0x2796, 0xFE58, 0xFE63, 0xFF0D],
    "-",
)
_PLUSES: Final = dict.fromkeys([0x2795, 0xFE62, 0xFF0B], "+")
_SPACES: Final = dict.fromkeys([0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_APOSTROPHES: Final = dict.fromkeys([0x2018, 0x2019, 0x02BC], "'")
_CLEANED: Final = {**_INVISIBLE, **_DASHES, **_PLUSES, **_SPACES, **_APOSTROPHES}
_DIGIT: Final = re.compile(r"\d")


def visible(text: str) -> str:
    """Return a text without invisible characters, with one kind of digit, minus, plus, apostrophe and space; trimmed."""
    if text.isascii():
        return text.strip()
    text = unicodedata.normalize("NFC", text).translate(widths()).translate(_CLEANED)
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text).strip()


_SUPERSCRIPTS: Final = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-"
)
_RAISED: Final = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+")
_LIKE: Final = str.maketrans("\u00b5\u2215\u2044\u22c5\u2219\u2022\u00d7*", "\u03bc//\u00b7\u00b7\u00b7\u00b7\u00b7")


def unit_form(text: str) -> str:
    """Return the canonical form of a unit: `m / s²` and `m/s^2` are both `m/s^2`."""
    form = visible(text).replace("\u2103", "\u00b0C").replace("**", "^").translate(_LIKE)
    form = _RAISED.sub(lambda found: f"^{found[0].translate(_SUPERSCRIPTS)}", form)
    form = re.sub(r"\s*([/\u00b7^()])\s*", r"\1", form)
    form = re.sub(r"\^\(([+-]?\d)\)", r"^\1", form).replace("^+", "^")
    form = re.sub(r"(?<=[^\W\d_])(\d)", r"^\1", form)
    return " ".join(form.split())


@lru_cache(maxsize=1024)
def forms_of(names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the names of units by their canonical forms."""
    return MappingProxyType({unit_form(name): name for name in reversed(names)})


# ---------------------------------------------------------------------------------------------- well-known units

_PREFIXED: Final = "m g s A K mol cd Hz N Pa J W C V F \u03a9 S Wb T H lm lx Bq Gy Sv kat L l eV bar cal Wh B ohm"
_PREFIXES: Final = ("", "G", "M", "k", "h", "d", "c", "m", "\u03bc", "u", "n", "p")
_OTHERS: Final = (
    "min h d ha u Da t ft in yd mi lb lbs oz gal mph rpm kn atm torr mmHg psi hp dB rad sr deg bit \u00b0 \u00b0C \u00b0F \u00c5 "
    "EUR USD GBP JPY CHF CNY SEK NOK DKK PLN CZK HUF INR AUD CAD NZD BRL MXN ZAR TRY KRW "
    "inch inches foot feet celsius Celsius fahrenheit Fahrenheit hertz siemens"
)
_NAMED: Final = (
    "meter metre gram second minute hour day week month year ampere kelvin mole newton pascal joule watt coulomb volt farad "
    "ohm tesla henry liter litre ton tonne degree radian yard mile pound ounce gallon bit byte calorie "
    "euro dollar cent franc"
)
_LONG_PREFIXES: Final = ("", "kilo", "mega", "giga", "milli", "micro", "nano", "centi", "deci", "hecto")
# Letters that also stand for a thousand, a million and so on, or (`pm`) for the time of day. They are not units by
# themselves, nor before another unit (`5 B years`), nor after one (`5 km B`). Exceptions: `m`, which occurs in real
# products (`N m`), and the kelvin of a quotient (`W/m K`).
_ALSO_MORE: Final = frozenset({"K", "m", "B", "T", "t", "pm"})
_PER_KELVIN: Final = ("/m", "/m^2", "/g", "/kg", "/mol")
# Money is never multiplied by a unit: a letter beside it is a multiplier (`5 EUR m`, `$5 mm`, `5 L INR`).
_MONEY: Final = frozenset(["euro", "euros", "dollar", "dollars", "cent", "cents", "franc", "francs"])
_POUNDS: Final = frozenset({"pound", "pounds"})  # of money or of weight
_MILLIONS: Final = frozenset({"m", "mm"})


def _symbols() -> Iterator[str]:
    yield from _OTHERS.split()
    for symbol in _PREFIXED.split():
        yield from (f"{prefix}{symbol}" for prefix in _PREFIXES)
    for name in _NAMED.split():
        for prefix in _LONG_PREFIXES:
            yield from (f"{prefix}{name}", f"{prefix}{name}s")


@cache
def _known() -> frozenset[str]:
    return frozenset(_symbols())


_FACTOR: Final = re.compile(r"([^\W\d_]+|\u00b0[CF]?)(?:\^-?[1-9])?")


def is_money(form: str) -> bool:
    """Return whether this is a currency sign or code, which may come before a number."""
    return (len(form) == 1 and unicodedata.category(form) == "Sc") or (
        len(form) == 3 and form.isupper() and form in _known()
    )


def is_known(form: str) -> bool:
    """Return whether this is a well-known unit: factors with powers, multiplied and divided."""
    return not _may_be_more(form) and all(map(_is_factor, re.split(r"[/\u00b7 ]", form)))


def _may_be_more(form: str) -> bool:
    """Return whether a part may stand for a thousand, a million and so on, or for the time of day."""
    words, factors = form.split(" "), re.split("[\u00b7 ]", form)
    of_money = [_has_money(factor) for factor in factors]
    if words[0] in _ALSO_MORE or (any(of_money) and not all(of_money)):
        return True
    if not _POUNDS.isdisjoint(factors) and not _MILLIONS.isdisjoint(factors):
        return True
    return any(
        word in _ALSO_MORE and word != "m" and not (word == "K" and before.endswith(_PER_KELVIN))
        for before, word in itertools.pairwise(words)
    )


def _has_money(factor: str) -> bool:
    return any(is_money(part) or part in _MONEY for part in factor.split("/"))


def _is_factor(form: str) -> bool:
    found = _FACTOR.fullmatch(form)
    return is_money(form) or (found is not None and found[1] in _known())


def unknown_to(names: Iterable[str]) -> str:
    """Return a well-known unit that is not one of these."""
    taken = {unit_form(name) for name in names}
    return next(symbol for symbol in _symbols() if symbol not in taken and symbol not in _ALSO_MORE)
