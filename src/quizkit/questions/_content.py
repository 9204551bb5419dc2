"""Content of authors: text with a declared format, media by hash, exact amounts. All of it has size limits.

The classes under `TYPE_CHECKING` are descriptors that tell type checkers which types a field accepts and which type it
returns (it accepts `content="a bare string"` and returns a `Text`). At run time each is an annotated type.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sized
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from quizkit._exact import plain, rounded
from quizkit.questions._model import Model
from quizkit.questions._unicode import at_most

T = TypeVar("T")

MAX_TEXT: Final = 20_000
MAX_SHORT_TEXT: Final = 1_000
MAX_RESPONSE_TEXT: Final = 100_000
MAX_CHOICES: Final = 100
MAX_PARTS: Final = 100
MAX_POINTS: Final = 9_999
MAX_DIGITS: Final = 40
PLACES: Final = 7


# ---------------------------------------------------------------------------------------------- text


def _bytes_at_most(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) * 4 > limit and len(text.encode()) > limit:
            raise PydanticCustomError("text_bytes", "Text must not be longer than {limit} bytes", {"limit": limit})
        return text

    return AfterValidator(check)


Str = Annotated[
    str,
    StringConstraints(max_length=MAX_TEXT),
    at_most(MAX_TEXT),
    _bytes_at_most(MAX_TEXT * 3),
]
ShortStr = Annotated[str, StringConstraints(max_length=MAX_SHORT_TEXT), at_most(MAX_SHORT_TEXT)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64), at_most(64)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), at_most(64)]
ResponseStr = Annotated[
    str,
    StringConstraints(max_length=MAX_RESPONSE_TEXT, strict=True),
    at_most(MAX_RESPONSE_TEXT),
    _bytes_at_most(MAX_RESPONSE_TEXT * 3),
]
ShortResponseStr = Annotated[str, StringConstraints(max_length=MAX_SHORT_TEXT, strict=True), at_most(MAX_SHORT_TEXT)]
Handle = Annotated[str, StringConstraints(pattern=r"^[0-9a-z][0-9a-z_-]{0,31}$", strict=True)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}$", max_length=35)]


MAX_ITEMS: Final = 500


def limit_items(value: T) -> T:
    """Reject a list with more than MAX_ITEMS items before validating them; Pydantic would report an error for each."""
    if isinstance(value, Sized) and len(value) > MAX_ITEMS:
        raise PydanticKnownError("too_long", {"field_type": "Tuple", "max_length": MAX_ITEMS, "actual_length": None})
    return value


LimitItems: Final = BeforeValidator(limit_items)


def entries(max_items: int) -> WrapValidator:
    """Return the validator for a mapping from takers: it counts the entries first, and reports faults without keys.

    Pydantic validates every entry before it counts them, and its errors contain the keys, which are input.
    """

    def check(value: object, read: ValidatorFunctionWrapHandler) -> object:
        if isinstance(value, Mapping) and len(value) > max_items:
            raise PydanticKnownError(
                "too_long", {"field_type": "Dictionary", "max_length": max_items, "actual_length": None}
            )
        try:
            return read(value)
        except ValidationError as error:
            fault: Any = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise PydanticCustomError(fault["type"], fault["msg"])

    return WrapValidator(check)


class TextFormat(StrEnum):
    """The format of a text, for rendering. Plain text is escaped, the others are sanitised."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


class MediaRef(Model):
    """An image, a sound or a video, by the hash of its bytes; the host stores the bytes."""

    sha256: str = Field(description="SHA-256 of the bytes, in hexadecimal.", pattern=r"^[0-9a-f]{64}$")
    media_type: str = Field(
        description="Internet media type, such as image/png.",
        pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}$",
    )
    name: ShortStr = Field(description="The name of the file in the text.")
    alternative: ShortStr = Field(default="", description="Alternative text for people who cannot see or hear it.")


class Text(Model):
    """A text with its declared format. A bare string is read as plain text."""

    format: TextFormat = Field(default=TextFormat.PLAIN, description="plain, markdown or html.")
    text: Str = Field(description="The text itself, in NFC.")
    media: Annotated[tuple[MediaRef, ...], LimitItems] = Field(
        default=(),
        max_length=MAX_PARTS,
        description="The files that the text refers to.",
    )

    def __str__(self) -> str:
        return self.text


def _text(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


def _not_empty(text: Text) -> Text:
    if not text.text.strip() and not text.media:
        raise PydanticCustomError("text_empty", "Text must not be empty")
    return text


def handle_of(*parts: str) -> str:
    """Return a short id that depends only on the parts, not on an order or a key.

    So the ids of the options of a question do not reveal which was written first or which is right.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[byte & 31] for byte in digest[:8])


def distinct_handles(texts: Iterable[Text]) -> list[str]:
    """Return one id for each text; equal texts get `-2`, `-3` and so on."""
    seen: dict[str, int] = {}
    made = []
    for text in texts:
        handle = handle_of(text.format, text.text, *(media.sha256 for media in text.media))
        seen[handle] = seen.get(handle, 0) + 1
        made.append(handle if seen[handle] == 1 else f"{handle}-{seen[handle]}")
    return made


def public_ids(own: Iterable[str | None], texts: Iterable[Text]) -> dict[str, str]:
    """Return the public ids, which takers see and send, by the author's ids or those kept from an earlier revision.

    They depend only on the texts, so they do not reveal the author's or the importer's ids (decision 0060).
    """
    return {str(own_id): public for own_id, public in zip(own, distinct_handles(texts), strict=True)}


# ---------------------------------------------------------------------------------------------- exact amounts

_DECIMAL: Final = re.compile(r"[+-]?(\d{1,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?", re.ASCII)
_RATIO: Final = re.compile(r"[+-]?\d{1,12}/[1-9]\d{0,11}", re.ASCII)


def _refuse_number() -> PydanticCustomError:
    return PydanticCustomError(
        "exact_number", "This must be an exact number of at most {digits} digits", {"digits": MAX_DIGITS}
    )


def exact_decimal(value: object) -> Decimal:
    """Return a number as an exact decimal; refuse a value that is not a number, not finite or too long.

    A float is read as Python prints it, which is the intended value of `0.1` in JSON. Digits must be ASCII. The length
    is checked before any arithmetic, so `1e999999` is cheap.
    """
    if isinstance(value, bool) or not isinstance(value, int | str | float | Decimal):
        raise _refuse_number()
    if isinstance(value, int):
        if abs(value) >= 10**MAX_DIGITS:
            raise _refuse_number()
        return Decimal(value)
    typed = value.strip() if isinstance(value, str) else str(value)
    match = _DECIMAL.fullmatch(typed) if len(typed) <= 2 * MAX_DIGITS + 8 else None
    if match is None or len(match[1]) + len(match[2] or "") > MAX_DIGITS or abs(int(match[3] or 0)) > MAX_DIGITS:
        raise _refuse_number()
    return Decimal(typed)


def _points(value: object) -> Decimal:
    number = exact_decimal(value)
    if not 0 <= number <= MAX_POINTS:
        raise PydanticCustomError("points_range", "Points must be from 0 to {most}", {"most": MAX_POINTS})
    number = plain(number)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > PLACES:
        raise PydanticCustomError(
            "points_places", "Points must have at most {places} decimal places", {"places": PLACES}
        )
    return number


def exact_fraction(value: object) -> Fraction:
    """Return a number or a ratio such as `"1/3"` as an exact fraction."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and _RATIO.fullmatch(value.strip()):
        return Fraction(value.strip())
    return Fraction(exact_decimal(value))


def _share(value: object) -> Fraction:
    share = exact_fraction(value)
    if not -1 <= share <= 1 or share.denominator > 10**MAX_DIGITS:
        raise PydanticCustomError("share_range", "A share must be from -1 to 1")
    return share


def _positive_share(value: object) -> Fraction:
    share = _share(value)
    if share < 0:
        raise PydanticCustomError("share_range", "This share must be from 0 to 1")
    return share


def _factor(value: object) -> Fraction:
    factor = exact_fraction(value)
    if not 1 <= factor <= 10:
        raise PydanticCustomError("factor_range", "A factor must be from 1 to 10")
    return factor


def write_fraction(value: Fraction) -> str:
    """Return `1`, `0.25` or `1/3`: a decimal if it is exact, else a ratio."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or value.denominator > 10**12:
        return str(value)
    return format(plain(rounded(value, 40)), "f")  # a denominator up to 10^12 has 40 places at most


def write_decimal(value: Decimal) -> str:
    """Return a number as digits without an exponent."""
    return format(value, "f")


_NUMBER_IN: Final = {"anyOf": [{"type": "number"}, {"type": "string"}]}
NUMBER_OUT: Final = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_SHARE_OUT: Final = {"type": "string", "pattern": r"^-?\d+(\.\d+|/\d+)?$"}


def _number_schema(out: dict[str, Any]) -> tuple[WithJsonSchema, WithJsonSchema]:
    return WithJsonSchema(_NUMBER_IN, mode="validation"), WithJsonSchema(out, mode="serialization")


def default(value: Any, description: str, **constraints: Any) -> Any:
    """Return the declaration of a field with a default.

    It is untyped, unlike `pydantic.Field`, whose type is that of the default; these fields accept more types than they
    return.
    """
    if isinstance(value, Fraction):  # Pydantic cannot write one as JSON
        shown: dict[str, Any] = {"default": write_fraction(value)}
        return Field(default_factory=lambda: value, description=description, json_schema_extra=shown, **constraints)
    return Field(default=value, description=description, **constraints)


if TYPE_CHECKING:

    class TextField:
        """Accepts a `Text` or a bare string, returns a `Text`."""

        def __get__(self, owner: object, kind: Any = None) -> Text: ...
        def __set__(self, owner: object, value: Text | str) -> None: ...

    class OptionalText:
        """Accepts a `Text`, a bare string or None, returns a `Text` or None."""

        def __get__(self, owner: object, kind: Any = None) -> Text | None: ...
        def __set__(self, owner: object, value: Text | str | None) -> None: ...

    class Amount:
        """Accepts any exact number, returns a `Decimal`."""

        def __get__(self, owner: object, kind: Any = None) -> Decimal: ...
        def __set__(self, owner: object, value: Decimal | int | str) -> None: ...

    class Share:
        """Accepts any exact number or ratio, returns a `Fraction`."""

        def __get__(self, owner: object, kind: Any = None) -> Fraction: ...
        def __set__(self, owner: object, value: Fraction | Decimal | int | str) -> None: ...

    class OptionalShare:
        """Accepts any exact number, ratio or None, returns a `Fraction` or None."""

        def __get__(self, owner: object, kind: Any = None) -> Fraction | None: ...
        def __set__(self, owner: object, value: Fraction | Decimal | int | str | None) -> None: ...

    class OptionalAmount:
        """Accepts any exact number or None, returns a `Decimal` or None."""

        def __get__(self, owner: object, kind: Any = None) -> Decimal | None: ...
        def __set__(self, owner: object, value: Decimal | int | str | None) -> None: ...

    Points = Amount
    OptionalPoints = OptionalAmount
    Number = Amount
    PositiveShare = Share
    OptionalPositiveShare = OptionalShare
    Factor = Share
    Prompt = TextField

    class Texts:
        """Accepts any iterable of `Text` or bare strings, returns a tuple of `Text`."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[Text, ...]: ...
        def __set__(self, owner: object, value: Iterable[Text | str]) -> None: ...

    class Many(Generic[T]):
        """Accepts any iterable, returns a tuple."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[T, ...]: ...
        def __set__(self, owner: object, value: Iterable[T]) -> None: ...

    class Some(Generic[T]):
        """Accepts any iterable, returns a frozenset."""

        def __get__(self, owner: object, kind: Any = None) -> frozenset[T]: ...
        def __set__(self, owner: object, value: Iterable[T]) -> None: ...

else:
    _BARE = BeforeValidator(_text, json_schema_input_type=Text | str)
    TextField = Annotated[Text, _BARE]
    OptionalText = TextField | None
    Texts = Annotated[tuple[TextField, ...], LimitItems]
    Prompt = Annotated[Text, AfterValidator(_not_empty), _BARE]
    _AS_STRING = PlainSerializer(write_decimal, when_used="json")
    _AS_RATIO = PlainSerializer(write_fraction, when_used="json")
    Points = Annotated[Decimal, BeforeValidator(_points), _AS_STRING, *_number_schema(NUMBER_OUT)]
    Number = Annotated[Decimal, BeforeValidator(exact_decimal), AfterValidator(plain), _AS_STRING, *_number_schema(NUMBER_OUT)]  # fmt: skip
    FRACTION = Annotated[Any, _AS_RATIO, *_number_schema(_SHARE_OUT)]
    Share = Annotated[FRACTION, BeforeValidator(_share)]
    PositiveShare = Annotated[FRACTION, BeforeValidator(_positive_share)]
    OptionalShare = Annotated[FRACTION, BeforeValidator(_share)] | None
    OptionalPositiveShare = PositiveShare | None
    Factor = Annotated[FRACTION, BeforeValidator(_factor)]
    OptionalPoints = Points | None

    class Many:
        """At run time a tuple, so that the value is immutable like its owner."""

        def __class_getitem__(cls, item: Any) -> Any:
            return Annotated[tuple[item, ...], LimitItems]

    class Some:
        """At run time a frozenset, in which order and repetition do not count."""

        def __class_getitem__(cls, item: Any) -> Any:
            return Annotated[frozenset[item], LimitItems]


class Hint(Model):
    """A hint between two tries."""

    content: Prompt = Field(description="The text that is shown after a try that was not right.")
    clear_wrong: bool = Field(
        default=False, description="Whether wrong parts are cleared when the taker continues; needs parts."
    )
    show_right_parts: bool = Field(
        default=False, description="Whether the number of right parts is shown; needs parts."
    )
