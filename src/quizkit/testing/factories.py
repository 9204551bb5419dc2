"""Factory Boy factories: `build` returns schemas, `create(session=…)` stores quizzes, with sync and async sessions."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, overload

from factory.base import Factory
from factory.declarations import LazyFunction, Sequence
from sqlalchemy.orm import Session, scoped_session

from quizkit.crud import Quizkit, VerbGroup, kit, verb
from quizkit.models import models
from quizkit.questions import Choice, Essay, NumberAnswer, Numeric, Option, ShortAnswer, TextAnswer, TrueFalse
from quizkit.schemas import QuizCreate, QuizReturn

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

__all__ = [
    "ChoiceFactory",
    "EssayFactory",
    "NumericFactory",
    "QuizCreateFactory",
    "QuizFactory",
    "ShortAnswerFactory",
    "TrueFalseFactory",
]


class TrueFalseFactory(Factory):
    """A true statement."""

    class Meta:
        model = TrueFalse

    content = Sequence(lambda n: f"{n} is a number.")
    answer = True


class ChoiceFactory(Factory):
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


class ShortAnswerFactory(Factory):
    """A short answer."""

    class Meta:
        model = ShortAnswer

    content = Sequence(lambda n: f"Which river is number {n}?")
    answers = Sequence(lambda n: (TextAnswer(text=f"River {n}"),))


class NumericFactory(Factory):
    """A question with an exact number."""

    class Meta:
        model = Numeric

    content = Sequence(lambda n: f"How much is 2 × {n}?")
    answers = Sequence(lambda n: (NumberAnswer(value=2 * n),))


class EssayFactory(Factory):
    """An essay."""

    class Meta:
        model = Essay

    content = Sequence(lambda n: f"Discuss topic {n}.")


def _some_questions() -> tuple[Any, ...]:
    return TrueFalseFactory(), ChoiceFactory(), ShortAnswerFactory()


class QuizCreateFactory(Factory):
    """The data for a quiz with three questions."""

    class Meta:
        model = QuizCreate

    title = Sequence(lambda n: f"Quiz {n}")
    description = "A quiz for a test."
    questions = LazyFunction(_some_questions)


class _Stored(VerbGroup[Any]):
    """A verb that stores a quiz, for every kind of session."""

    @verb
    def quiz(self, session: Session, data: QuizCreate, *, using: Quizkit[Any], published: bool) -> QuizReturn[Any]:
        """Create a quiz, and publish it."""
        made: QuizReturn[Any] = using.quizzes.create(session, data)
        return using.quizzes.publish(session, made.id) if published else made


_stored = _Stored(models)


class QuizFactory(QuizCreateFactory):
    """A stored, published quiz.

    `QuizFactory.create(session=session)` returns a `QuizReturn[Any]`; with an async session, await it. Other arguments:
    `published=False` leaves it a draft, `kit=` is the kit of your own models, all others go to `QuizCreate`.
    """

    if TYPE_CHECKING:
        # Factory Boy has no annotations, and its `create` returns the class of the model.

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: Session | scoped_session[Any],
            kit: Quizkit[Any] = ...,
            published: bool = True,
            **values: Any,
        ) -> QuizReturn[Any]: ...

        @overload
        @classmethod
        def create(
            cls,
            *,
            session: AsyncSession | async_scoped_session[Any],
            kit: Quizkit[Any] = ...,
            published: bool = True,
            **values: Any,
        ) -> Coroutine[Any, Any, QuizReturn[Any]]: ...

        @classmethod
        def create(cls, **values: Any) -> Any: ...

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **values: Any) -> Any:
        session = values.pop("session")
        using = values.pop("kit", kit)
        published = values.pop("published", True)
        data = model_class(*args, **values)
        return _stored.quiz(session, data, using=using, published=published)
