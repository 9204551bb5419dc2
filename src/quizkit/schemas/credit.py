"""Credit in steps: which share of the points counts by the time at which an attempt is finished."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from quizkit.questions import _content
from quizkit.questions._content import MAX_DIGITS, LimitItems, Many, default, exact_fraction
from quizkit.schemas._base import YEAR, Schema

__all__ = ["CreditStep", "OptionalCreditShare", "OptionalSteps", "Steps"]

MAX_STEPS: Final = 20
MAX_CREDIT: Final = 2

if TYPE_CHECKING:
    from quizkit.questions._content import OptionalShare as OptionalCreditShare
    from quizkit.questions._content import Share as CreditShare
else:

    def _credit_share(value: object) -> Fraction:
        share = exact_fraction(value)
        if not 0 <= share <= MAX_CREDIT or share.denominator > 10**MAX_DIGITS:
            raise PydanticCustomError("credit_range", "A credit must be from 0 to 2")
        return share

    CreditShare = Annotated[_content.FRACTION, BeforeValidator(_credit_share)]
    OptionalCreditShare = CreditShare | None


class CreditStep(Schema):
    """A share of the points that counts if an attempt is finished by a time, counted from the due date."""

    until_seconds: int | None = Field(
        default=None,
        ge=-YEAR,
        le=YEAR,
        description="Up to this many seconds after the due date, inclusive; negative before it, null for ever.",
    )
    share: CreditShare = default(Fraction(1), "The share of the points that counts, 0 to 2: above 1 it is a bonus.")


if TYPE_CHECKING:
    Steps = Many[CreditStep]

    class OptionalSteps:
        """Accepts any iterable of steps or None, returns a tuple or None."""

        def __get__(self, owner: object, kind: Any = None) -> tuple[CreditStep, ...] | None: ...
        def __set__(self, owner: object, value: Iterable[CreditStep] | None) -> None: ...

else:

    def _in_order(steps: tuple[CreditStep, ...]) -> tuple[CreditStep, ...]:
        ends = [inf if step.until_seconds is None else step.until_seconds for step in steps]
        if any(later <= earlier for earlier, later in pairwise(ends)):
            raise PydanticCustomError("steps_order", "Each step must end after the one before it")
        return steps

    Steps = Annotated[tuple[CreditStep, ...], Field(max_length=MAX_STEPS), AfterValidator(_in_order), LimitItems]
    OptionalSteps = Steps | None
