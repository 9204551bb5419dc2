"""Feedback on a whole result, by the share of the maximum grade."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from quizkit.questions._content import LimitItems, Many, PositiveShare, Prompt, default
from quizkit.schemas._base import Schema

__all__ = ["Bands", "FeedbackBand", "OptionalBands"]

MAX_BANDS: Final = 50


class FeedbackBand(Schema):
    """Feedback on results from this share of the maximum grade up to the next band."""

    minimum: PositiveShare = default(
        Fraction(0),
        "The lowest share of the maximum grade, 0 to 1, inclusive; it is rounded in the same way as grades.",
    )
    content: Prompt = Field(description="The feedback.")


if TYPE_CHECKING:
    Bands = Many[FeedbackBand]

    class OptionalBands:
        """Accepts any iterable of bands or None, returns a tuple or None."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[FeedbackBand, ...] | None: ...
        def __set__(self, owner: object, value: Iterable[FeedbackBand] | None) -> None: ...

else:

    def _distinct(bands: tuple[FeedbackBand, ...]) -> tuple[FeedbackBand, ...]:
        if len({band.minimum for band in bands}) < len(bands):
            raise PydanticCustomError("bands_equal", "Two bands have the same minimum")
        return bands

    # The bound comes first: after a validator Pydantic writes it to the JSON Schema as that of a text.
    _BOUND = Field(max_length=MAX_BANDS)
    Bands = Annotated[tuple[FeedbackBand, ...], _BOUND, AfterValidator(_distinct), LimitItems]
    OptionalBands = Bands | None
