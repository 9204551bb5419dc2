"""Factory Boy factories: `build` returns schemas, `create(session=…)` stores quizzes, with sync and async sessions."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from factory.base import Factory
from factory.declarations import LazyFunction, Sequence
from sqlalchemy.orm import Session, scoped_session

from quizkit.crud import Quizkit, VerbGroup, kit, verb
from quizkit.questions import Choice, Essay, NumberAnswer, Numeric, Option, ShortAnswer, TextAnswer, TrueFalse
from quizkit.schemas import QuizCreate, QuizReturn

if TYPE_CHECKING:
    from factory.base import FactoryMetaClass
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

    from quizkit.crud._core.host_columns import Values

__all__ = [
    "ChoiceFactory",
    "EssayFactory",
    "NumericFactory",
    "QuizCreateFactory",
    "QuizFactory",
    "ShortAnswerFactory",
    "TrueFalseFactory",
]

S = TypeVar("S")
T = TypeVar("T")

if TYPE_CHECKING:
    # Factory Boy has no annotations. mypy does not look at what a metaclass returns: there, `build()` is typed.

    class _Calls(FactoryMetaClass):
        def __call__(self: type[_Typed[T]], **values: Any) -> T: ...

    class _Typed(Factory[T], Generic[T], metaclass=_Calls):
        @classmethod
        def build(cls, **values: Any) -> T: ...
        @classmethod
        def build_batch(cls, size: int, **values: Any) -> list[T]: ...

else:

    class _Typed(Factory):
        def __class_getitem__(cls, item: Any) -> Any:
            return cls  # Factory Boy 3.3.0 has no generic classes


class TrueFalseFactory(_Typed[TrueFalse]):
    """A true statement."""

    class Meta:
        model = TrueFalse

    content = Sequence(lambda n: f"{n} is a number.")
    answer = True


class ChoiceFactory(_Typed[Choice]):
    """A single choice of three options; the first is right."""

    class Meta:
        model = Choice

    content = Sequence(lambda n: f"What is {n} + 1?")
    options = Sequence(
        lambda n: (
            Option(content=str(n + 1), correct=True),
            Option(content=str(n + 2)),
            Option(content=str(n + 3)),
        )
    )


class ShortAnswerFactory(_Typed[ShortAnswer]):
    """A short answer."""

    class Meta:
        model = ShortAnswer

    content = Sequence(lambda n: f"Which river is number {n}?")
    answers = Sequence(lambda n: (TextAnswer(text=f"River {n}"),))


class NumericFactory(_Typed[Numeric]):
    """A question with an exact number."""

    class Meta:
        model = Numeric

    content = Sequence(lambda n: f"How much is 2 × {n}?")
    answers = Sequence(lambda n: (NumberAnswer(value=2 * n),))


class EssayFactory(_Typed[Essay]):
    """An essay."""

    class Meta:
        model = Essay

    content = Sequence(lambda n: f"Discuss topic {n}.")


def _some_questions() -> tuple[Any, ...]:
    return TrueFalseFactory(), ChoiceFactory(), ShortAnswerFactory()


class QuizCreateFactory(_Typed[QuizCreate]):
    """The data for a quiz with three questions."""

    class Meta:
        model = QuizCreate

    title = Sequence(lambda n: f"Quiz {n}")
    description = "A quiz for a test."
    questions = LazyFunction(_some_questions)


class _Stored(VerbGroup[Any]):
    """A verb that stores a quiz, for every kind of session."""

    @verb
    def quiz(
        self, session: Session, data: QuizCreate, *, using: Quizkit[Any], published: bool, given: Mapping[str, Any]
    ) -> QuizReturn[Any]:
        """Create a quiz, and publish it."""
        made: QuizReturn[Any] = using.quizzes.create(session, data, **given)
        return using.quizzes.publish(session, made.id) if published else made


def _stored(using: Quizkit[Any]) -> _Stored:
    """Return the verb for a kit: the session is asked for the connection of the kit's own tables."""
    return _Stored(using.quizzes._context)


class QuizFactory(QuizCreateFactory):
    """A stored, published quiz.

    `QuizFactory.create(session=session)` returns a `QuizReturn`; with an async session, await it. Other arguments:
    `published=False` leaves it a draft, `kit=` is the kit of your own models, `author=` and `values=` (for your own
    columns) are those of `quizzes.create`, all others go to `QuizCreate`.
    """

    if TYPE_CHECKING:
        # Factory Boy's `create` returns the class of the model.

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: Session | scoped_session[Any],
            kit: Quizkit[S],
            published: bool = True,
            author: S | None = None,
            values: Values = ...,
            **fields: Any,
        ) -> QuizReturn[S]: ...

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: Session | scoped_session[Any],
            published: bool = True,
            author: str | None = None,
            values: Values = ...,
            **fields: Any,
        ) -> QuizReturn[str]: ...

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: AsyncSession | async_scoped_session[Any],
            kit: Quizkit[S],
            published: bool = True,
            author: S | None = None,
            values: Values = ...,
            **fields: Any,
        ) -> Coroutine[Any, Any, QuizReturn[S]]: ...

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: AsyncSession | async_scoped_session[Any],
            published: bool = True,
            author: str | None = None,
            values: Values = ...,
            **fields: Any,
        ) -> Coroutine[Any, Any, QuizReturn[str]]: ...

        @classmethod
        def create(cls, **fields: Any) -> Any: ...

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **values: Any) -> Any:
        session = values.pop("session")
        using = values.pop("kit", kit)
        published = values.pop("published", True)
        given: dict[str, Any] = {name: values.pop(name) for name in ("author", "values") if name in values}
        data = model_class(*args, **values)
        return _stored(using).quiz(session, data, using=using, published=published, given=given)
