"""Any invalid value for any argument of any verb raises an error of quizkit before anything is stored."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, Uuid, create_engine
from sqlalchemy.orm import Session

from conftest import Database, statements
from mounting import hostile
from quizkit.crud import Anonymous, Quizkit, kit
from quizkit.crud._core.arguments import arguments_of
from quizkit.errors import Invalid, QuizkitError, UsageError
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    BankUpdate,
    CategoryCreate,
    CategoryUpdate,
    CheckResponse,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    SaveResponse,
    SectionOutline,
)
from quizkit.vocabulary import Behaviour

NOUNS = ("assignments", "attempts", "banks", "categories", "gradebook", "previews", "questions", "quizzes")
HOSTS = {
    "int": hostile("aint_"),
    "uuid": hostile("auuid_", user_id=Uuid(), new_user=uuid.UUID(int=7)),
}
NAIVE, FAR = datetime(2026, 3, 1), datetime(9999, 12, 31, 23, tzinfo=UTC)  # noqa: DTZ001 - that is the point

HOSTILE: list[Any] = [
    "\ud800", "a\0b", "x" * 5_000, "e" + "\u0301" * 40, "seven", "", 7.5, True, 7, 2**70, -(2**70), Decimal("NaN"),
    b"x", object(), uuid.UUID(int=5), NAIVE, FAR, {"a": 1}, {7}, ["\ud800"], ["a\0b"], ["x" * 5_000], ["e" + "\u0301" * 40],
    {uuid.UUID(int=5): "seven"}, [7], [None], [uuid.UUID(int=5), "seven"], [True], [str(number) for number in range(101)],
]  # fmt: skip


class World(NamedTuple):
    """A kit over tables with rows, and a value for each required argument."""

    kit: Quizkit[Any]
    engine: Engine
    user: Any
    known: dict[str, Any]


def verbs() -> list[tuple[str, str, Any]]:
    """Return every verb of every noun: the noun, the name, and the function with its annotations."""
    found = []
    for noun in NOUNS:
        for name, verb in inspect.getmembers(type(getattr(kit, noun)), inspect.isfunction):
            plain = inspect.unwrap(verb)
            if not name.startswith("_") and "session" in inspect.signature(plain).parameters:
                found.append((noun, name, plain))
    return found


VERBS = verbs()


def parameters(plain: Any) -> list[inspect.Parameter]:
    return [one for one in inspect.signature(plain).parameters.values() if one.name not in {"self", "session"}]


@pytest.fixture(params=["ready", *HOSTS])
def world(request: pytest.FixtureRequest, database: Database) -> Iterator[World]:
    engine = database.engine()
    host = HOSTS.get(request.param)
    mine: Quizkit[Any] = kit if host is None else Quizkit(host.models)
    user: Any = "ann" if host is None else host.new_user
    if host is not None:
        host.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            session.add(host.User(id=user))
    with Session(engine) as session, session.begin():
        known = something(mine, session, user)
    yield World(mine, engine, user, known)
    if host is not None:
        host.metadata.drop_all(engine)
    engine.dispose()


def something(mine: Quizkit[Any], session: Session, user: Any) -> dict[str, Any]:
    asked = [TrueFalse(content="The Rhine is a river.", answer=True)]
    quiz = mine.quizzes.create(session, QuizCreate(title="Rivers", questions=asked, behaviour=Behaviour.INTERACTIVE))
    mine.quizzes.publish(session, quiz.id)
    bank = mine.banks.create(session, BankCreate(name="Rivers"))
    category = mine.categories.create(session, CategoryCreate(bank_id=bank.id, name="Rivers"))
    (question,) = mine.questions.add(session, asked, bank_id=bank.id)
    paper = mine.attempts.start(session, quiz.id, taker=user)
    (assignment,) = mine.assignments.page(session, quiz_id=quiz.id).items
    return {
        "quiz_id": quiz.id, "bank_id": bank.id, "category_id": category.id, "question_id": question.id,
        "attempt_id": paper.attempt_id, "assignment_id": assignment.id, "taker": user, "author": user, "actor": user, "slot": 1, "seconds": 60,
        "takers": [user], "assignment_ids": [assignment.id], "groups": {"all": []}, "anonymous": Anonymous(token=b"x" * 32, pseudonym="owl"),
        "question": asked[0], "questions": asked, "question_ids": [question.id],
        "data": {
            "AssignmentCreate": AssignmentCreate(quiz_id=quiz.id), "AssignmentUpdate": AssignmentUpdate(),
            "BankCreate": BankCreate(name="x"), "BankUpdate": BankUpdate(), "CategoryCreate": CategoryCreate(bank_id=bank.id, name="x"),
            "CategoryUpdate": CategoryUpdate(), "QuizCreate": QuizCreate(title="x"), "QuizUpdate": QuizUpdate(),
            "SaveResponse": SaveResponse(slot=1, sequence=1, response={}),
            "CheckResponse": CheckResponse(slot=1, sequence=1, response={}, number=1),
            "QuizOutline": QuizOutline(sections=[SectionOutline()]), "AccessSettings": AccessSettings(),
            "AccommodationSettings": AccommodationSettings(),
        },
    }  # fmt: skip


def given(world: World, parameter: inspect.Parameter) -> Any:
    """Return a valid value for a required argument."""
    found = world.known[parameter.name]
    return found[parameter.annotation.removesuffix(" | None")] if parameter.name == "data" else found


def is_good(world: World, kind: str, value: Any) -> bool:
    """Return whether an argument of this kind accepts a value."""
    text = isinstance(value, str) and value in {"seven", ""}
    if kind in {"S", "S | Anonymous"}:
        if type(value) is not type(world.user):
            return False
        if isinstance(value, str):  # opaque, so not checked
            return len(value) <= 64 and "\0" not in value and value.isprintable()
        return isinstance(value, uuid.UUID) or abs(value) < 2**63
    kinds: dict[str, Any] = {
        "uuid.UUID": lambda: isinstance(value, uuid.UUID),
        "str": lambda: text,
        "bool": lambda: value is True,
        "int": lambda: value == 7 and type(value) is int,
        "Mapping[str, Any]": lambda: isinstance(value, dict),
    }
    return bool(kinds.get(kind, lambda: False)())


def test_every_argument_of_every_verb_has_a_check() -> None:
    without = [
        f"{noun}.{name}({one.name}: {one.annotation})"
        for noun, name, plain in VERBS
        for one in parameters(plain)
        if one.name not in arguments_of(plain).checks
    ]

    assert len(VERBS) > 45
    assert without == []


def test_no_invalid_argument_reaches_the_database(world: World) -> None:
    wrong = []
    tried = 0
    with Session(world.engine) as session:
        for noun, name, plain in VERBS:
            verb = getattr(getattr(world.kit, noun), name)
            asked = parameters(plain)
            for one in asked:
                kind = one.annotation.removesuffix(" | None")
                for value in HOSTILE:
                    if is_good(world, kind, value):
                        continue
                    good = {
                        other.name: given(world, other)
                        for other in asked
                        if other.default is inspect.Parameter.empty and other is not one
                    }
                    tried += 1
                    with statements(world.engine) as sent:
                        failure = attempt(session, verb, {**good, one.name: value})
                    session.rollback()
                    if failure is not None or any(not line.startswith("SELECT") for line in sent):
                        wrong.append((noun, name, one.name, repr(value)[:40], failure, sent[:1]))

    assert wrong == []
    assert tried > 3_000


def attempt(session: Session, verb: Any, values: dict[str, Any]) -> str | None:
    """Return what is wrong with the result of a call: None for an error of quizkit that repeats no input."""
    try:
        verb(session, **values)
    except QuizkitError as error:
        if isinstance(error, Invalid | UsageError):
            return None if error.__cause__ is None and error.__context__ is None else "a context"
        return f"refused too late: {error.code}"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}"
    return "taken"


def test_arguments_are_checked_before_a_connection_is_opened(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'missing' / 'quiz.db'}")

    with Session(engine) as session, pytest.raises(UsageError) as refused:
        kit.quizzes.get(session, 7)  # type: ignore[call-overload] # the point

    assert refused.value.code == "argument_type"


def test_positional_arguments_are_checked_like_keywords(world: World) -> None:
    with Session(world.engine) as session:
        for value in ("seven", 7, None):
            verbs: list[Any] = [world.kit.quizzes.get, world.kit.banks.get, world.kit.questions.get]
            for verb in verbs:
                with pytest.raises(UsageError) as refused:
                    verb(session, value)
                assert refused.value.code == "argument_type"


def test_one_question_or_response_instead_of_a_list_is_refused(world: World) -> None:
    """A model can be iterated, over its fields."""
    with Session(world.engine) as session:
        calls: list[Any] = [
            lambda one: world.kit.questions.add(session, one, bank_id=uuid.uuid4()),
            lambda one: world.kit.questions.move(session, one, category_id=None),
            lambda one: world.kit.attempts.submit(session, uuid.uuid4(), responses=one, taker=world.known["taker"]),
        ]
        for call in calls:
            with pytest.raises(UsageError, match="must be a list") as refused:
                call(TrueFalse(content="The Rhine is a river.", answer=True))
            assert refused.value.code == "argument_type"


def test_a_response_to_check_is_not_saved_and_the_reverse(world: World) -> None:
    """Saving one would store it without using the try that it is for."""
    attempt_id, taker = world.known["attempt_id"], world.known["taker"]
    to_save, to_check = world.known["data"]["SaveResponse"], world.known["data"]["CheckResponse"]
    with Session(world.engine) as session:
        verbs = world.kit.attempts
        calls: list[Any] = [
            lambda: verbs.save(session, attempt_id, to_check, taker=taker),
            lambda: verbs.submit(session, attempt_id, responses=[to_check], taker=taker),
            lambda: verbs.check(session, attempt_id, to_save, taker=taker),
        ]
        for call in calls:
            with pytest.raises(UsageError, match=r"must be of the class (Save|Check)Response") as refused:
                call()
            assert refused.value.code == "argument_type"


def test_a_taker_of_another_type_is_refused(world: World) -> None:
    """`7.5` was stored as 8, and taker 8 could then read it."""
    wrong: list[Any] = [
        value for value in (7.5, True, "7", 7, uuid.UUID(int=7), b"7") if not is_good(world, "S", value)
    ]
    with Session(world.engine) as session:
        for taker in wrong:
            with pytest.raises(UsageError) as refused:
                world.kit.attempts.start(session, world.known["quiz_id"], taker=taker)
            assert refused.value.code == "argument_type"


# ---------------------------------------------------------------------------------------------- columns


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 21, 7, True])
def test_values_of_the_hosts_columns_are_checked(value: Any, database: Database) -> None:
    host = HOSTS["int"]
    engine = database.engine()
    with Session(engine) as session, pytest.raises(QuizkitError) as refused:
        Quizkit(host.models).quizzes.create(session, QuizCreate(title="x"), values={host.Quiz.course: value})
    assert refused.value.code in {"argument_invalid", "argument_type"}
    engine.dispose()


def test_search_texts_are_normalised_like_stored_ones(world: World) -> None:
    mine = world.kit.assignments
    with Session(world.engine) as session:
        made = mine.create(session, AssignmentCreate(quiz_id=world.known["quiz_id"], context="Caf\u00e9"))
        assert [one.id for one in mine.page(session, context="Cafe\u0301").items] == [made.id]
        event = mine.override(session, made.id, AccessSettings(max_attempts=2), group="Caf\u00e9", reason="Cafe\u0301")
        assert (event.group_name, event.reason) == ("Caf\u00e9", "Caf\u00e9")
        report = world.kit.attempts.explain_access(
            session, world.known["quiz_id"], taker=world.user, assignment_id=made.id, groups=["Cafe\u0301"]
        )
        assert next(one for one in report.values if one.name == "max_attempts").value == 2
