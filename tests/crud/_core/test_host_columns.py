"""Columns that a host added: values for them in new rows, and their values in what verbs return."""

from __future__ import annotations

import inspect
import pickle
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest
from sqlalchemy import (
    Date,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    bindparam,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, column_property, mapped_column, relationship

from conftest import Caller, statements
from quizkit import schemas
from quizkit.crud import Quizkit, kit
from quizkit.errors import Invalid, UsageError
from quizkit.models import Models, QuizMixin, TableConfig, models, mount
from quizkit.models._row import mixin_of
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    BankCreate,
    CategoryCreate,
    CheckResponse,
    QuizCreate,
    SaveResponse,
)
from quizkit.schemas._base import Stored
from quizkit.vocabulary import Behaviour
from ready import Ready

REQUEST = ContextVar("request", default="no request")


def origin_of_row() -> str:
    return REQUEST.get()


class Base(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(prefix="noted_")})


def mounted(role: str) -> Any:
    # `points` is also the name of a column that questions are joined with.
    note, points = mapped_column(String(20), nullable=True), mapped_column(Date(), nullable=True)
    origin = mapped_column(String(20), nullable=False, default=origin_of_row)
    added = {"note": note, "origin": origin, **({"points": points} if role == "question" else {})}
    if role == "attempt_response":
        added |= {
            "touched_by": mapped_column(String(20), nullable=True, onupdate=origin_of_row),
            "touched_at": mapped_column(DateTime(), nullable=True, onupdate=func.now()),
            "touched": mapped_column(Integer(), nullable=True, onupdate=1),
            "unchanged": mapped_column(Integer(), nullable=True, onupdate=lambda context: context.nothing),
        }
    return type(f"Noted{role}", (mixin_of(getattr(models, role)), Base), added)


OWN: Models[str] = Models(**{role: mounted(role) for role in models.__dataclass_fields__})
Noted: Any = OWN
KIT = Quizkit(OWN)
ASKED = [TrueFalse(content=text, answer=True) for text in ("The Rhine is a river.", "The Elbe is a river.")]
DAY = date(2026, 3, 2)


class World:
    """One row of each class that a host may add columns to, and that a verb returns."""

    def __init__(self, session: Session) -> None:
        quiz = KIT.quizzes.create(
            session, QuizCreate(title="Rivers", questions=ASKED), values={Noted.quiz.note: "quiz"}
        )
        KIT.quizzes.publish(session, quiz.id)
        bank = KIT.banks.create(session, BankCreate(name="Rivers"), values={Noted.bank.note: "bank"})
        of_category = {Noted.category.note: "category"}
        category = KIT.categories.create(session, CategoryCreate(bank_id=bank.id, name="Rivers"), values=of_category)
        of_question = {Noted.question.note: "question", Noted.question.points: DAY}
        (question,) = KIT.questions.add(session, ASKED[:1], bank_id=bank.id, values=of_question)
        data = AssignmentCreate(quiz_id=quiz.id, context="7b")
        assignment = KIT.assignments.create(session, data, values={Noted.assignment.note: "assignment"})
        of_attempt = {Noted.attempt.note: "attempt"}
        paper = KIT.attempts.start(session, assignment_id=assignment.id, taker="ann", values=of_attempt)
        self.reads: dict[str, tuple[Any, dict[str, Any]]] = {
            "quiz": (KIT.quizzes, {"quiz_id": quiz.id}),
            "bank": (KIT.banks, {"bank_id": bank.id}),
            "category": (KIT.categories, {"category_id": category.id}),
            "question": (KIT.questions, {"question_id": question.id}),
            "assignment": (KIT.assignments, {"assignment_id": assignment.id}),
            "attempt": (KIT.attempts, {"attempt_id": paper.attempt_id, "taker": "ann"}),
        }
        self.lists: dict[str, dict[str, Any]] = {
            "category": {"bank_id": bank.id},
            "question": {"bank_id": bank.id},
            "assignment": {"context": "7b"},
            "attempt": {"taker": "ann"},
        }
        self.quiz_id, self.bank_id = quiz.id, bank.id


def within(call: Caller, work: Callable[[Session, World], None]) -> None:
    """Run in a transaction that is rolled back; MariaDB commits the tables anyway."""

    def run(session: Session) -> None:
        work(session, World(session))
        session.rollback()

    call.within(lambda session: Base.metadata.create_all(session.connection()))
    try:
        call.within(run)
    finally:
        call.within(lambda session: Base.metadata.drop_all(session.connection()))


NOT_HERE = {"category", "question_tag", "access_event", "attempt_event", "grade_event"}
"""Roles of which the test of defaults makes no row."""
ROLES = ["quiz", "bank", "category", "question", "assignment", "attempt"]


def test_get_and_page_return_the_columns_that_the_caller_names_in_the_same_statements(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        for role in ROLES:
            noun, arguments = world.reads[role]
            with statements(call.sync_engine) as plain:
                one, page = noun.get(session, **arguments), noun.page(session, **world.lists.get(role, {}))
            assert one.columns == {}
            note = getattr(Noted, role).note
            with statements(call.sync_engine) as sent:
                one = noun.get(session, **arguments, columns=[note])
                items = noun.page(session, **world.lists.get(role, {}), columns=[note]).items
            assert one.columns == {"note": role}
            assert role in [item.columns["note"] for item in items], role
            assert len(sent) == len(plain)
            assert len(items) == len(page.items)

    within(call, work)


def test_grades_and_access_events_have_columns_too(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        _, attempt = world.reads["attempt"]
        here = {"assignment_id": world.reads["assignment"][1]["assignment_id"]}
        KIT.attempts.submit(session, **attempt)
        KIT.assignments.override(session, **here, data=AccessSettings(max_attempts=3), taker="ann")
        note, of_event = [Noted.quiz_grade.note], [Noted.access_event.note]
        session.execute(update(OWN.quiz_grade).values(note="grade"))
        session.execute(update(OWN.access_event).values(note="event"))
        found = {
            "grade": [KIT.attempts.grade(session, taker="ann", **here, columns=note)],
            "grades": KIT.gradebook.grades(session, **here, columns=note).items,
            "leaderboard": KIT.gradebook.leaderboard(session, **here, columns=note).items,
            "place": [getattr(KIT.gradebook.place(session, **here, taker="ann", columns=note), "own", None)],
            "roster": [KIT.gradebook.roster(session, **here, takers=["ann"], columns=note)[0].grade],
            "events": KIT.assignments.events(session, **here, columns=of_event).items,
        }
        notes = {name: [getattr(item, "columns", None) for item in items] for name, items in found.items()}
        grade, event = [{"note": "grade"}], [{"note": "event"}]
        graded = dict.fromkeys(("grade", "grades", "leaderboard", "place", "roster"), grade)
        assert notes == {**graded, "events": event}
        for read in (KIT.gradebook.grades, KIT.gradebook.leaderboard):
            with pytest.raises(UsageError) as refused:
                read(session, **here, columns=[OWN.quiz_grade.grade])
            assert refused.value.code == "columns_column"

    within(call, work)


def rows_of(result: Any) -> list[type[Any]]:
    """Return the schemas of rows in the result of a verb: of an item, a page, or something that may be missing."""
    kinds = get_args(result) or (result,)
    items = (item for kind in kinds for item in getattr(kind, "__pydantic_generic_metadata__", {}).get("args", ()))
    found = [*kinds, *items]
    around = [kind for kind in found if inspect.isclass(kind) and not issubclass(kind, Stored)]
    inside = [field.annotation for kind in around for field in getattr(kind, "model_fields", {}).values()]
    found += [part for kind in inside for part in (kind, *get_args(kind))]
    return [kind for kind in found if inspect.isclass(kind) and issubclass(kind, Stored)]


def test_every_read_of_rows_takes_columns(in_memory: Engine) -> None:
    with Session(in_memory) as session:
        reads = {name: verb for name, (verb, _, _) in Ready(session, "columns").reads(kit).items()}
        session.rollback()
    takes = {name for name, verb in reads.items() if "columns" in inspect.signature(verb).parameters}

    known = {name: getattr(schemas, name) for name in schemas.__all__}
    hints = {name: get_type_hints(verb.__func__, localns=known) for name, verb in reads.items()}
    assert takes == {name for name in reads if rows_of(hints[name]["return"])}
    assert len(takes) == 22


def test_a_column_may_have_the_name_of_one_that_the_item_has_too(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        noun, arguments = world.reads["question"]
        question = noun.get(session, **arguments, columns=[Noted.question.points, Noted.question.note])
        assert question.points == 1
        assert question.columns == {"points": DAY, "note": "question"}

    within(call, work)


def test_columns_are_in_no_dump_and_survive_pickling_and_pages(call: Caller) -> None:
    """What an application sends to whom is its own choice, so a forgotten filter shows nothing."""

    def work(session: Session, world: World) -> None:
        KIT.quizzes.create(session, QuizCreate(title="Lakes"), values={Noted.quiz.note: "secret"})
        first = KIT.quizzes.page(session, columns=[Noted.quiz.note], limit=1)
        last = KIT.quizzes.page(session, columns=[Noted.quiz.note], after=first.next_after).items[-1]
        assert last.columns == {"note": "secret"}
        assert "secret" not in last.model_dump_json() + repr(last.model_dump()) + repr(last)
        assert pickle.loads(pickle.dumps(last)).columns == {"note": "secret"}

    within(call, work)


def test_only_columns_of_the_host_on_the_class_of_the_item_are_returned(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        attempt = OWN.attempt
        derived: Any = column_property(OWN.quiz.title + "!")
        wrong: list[Any] = [attempt.seed, attempt.score, Noted.quiz.note, Noted.attempt.__table__.c.note, derived]
        noun, arguments = world.reads["attempt"]
        for one in wrong:
            for read, given in ((noun.get, arguments), (noun.page, {"taker": "ann"})):
                with pytest.raises(UsageError) as refused:
                    read(session, **given, columns=[one])
                assert refused.value.code in {"columns_column", "argument_type"}
        with pytest.raises(UsageError, match=r"added to the class \w+, and \w+\.seed is none of them"):
            noun.get(session, **arguments, columns=[attempt.seed])
        for kind in (Noted.attempt.note, "note", ["note"], [Noted.attempt.note] * 101):
            with pytest.raises(UsageError) as refused:
                noun.get(session, **arguments, columns=kind)
            assert refused.value.code == "argument_type"

    within(call, work)


def test_each_new_question_can_have_its_own_values(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        note = Noted.question.note
        ids = [uuid.UUID("01900000-0000-7000-8000-00000000000a"), uuid.UUID("01900000-0000-7000-8000-00000000000b")]
        for given in (None, ids):
            values: list[Any] = [{note: "first"}, {note: None}]
            made = KIT.questions.add(session, ASKED, bank_id=world.bank_id, question_ids=given, values=values)
            found = [KIT.questions.get(session, one.id, columns=[note]).columns["note"] for one in made]
            assert found == ["first", None]
        add: Any = KIT.questions.add
        messages = (
            "1 mappings for 2 questions",
            "3 mappings for 2 questions",
            "gives note to some of the questions only",
        )
        for wrong, message in zip(([{note: "x"}], [{note: "x"}] * 3, [{note: "x"}, {}]), messages, strict=True):
            with pytest.raises(UsageError, match=message) as refused:
                add(session, ASKED, bank_id=world.bank_id, values=wrong)
            assert refused.value.code == "values_count"
        with pytest.raises(UsageError) as refused:
            add(session, ASKED, bank_id=world.bank_id, values=[{note: "x"}, "x"])
        assert refused.value.code == "argument_type"
        with pytest.raises(Invalid, match=r"The argument values\.note is not valid") as unfit:
            add(session, ASKED, bank_id=world.bank_id, values=[{note: "x"}, {note: "x" * 21}])
        assert unfit.value.problems[0].path == "values.note"

    within(call, work)


def test_a_quiz_has_its_author(call: Caller) -> None:
    def work(session: Session, world: World) -> None:
        made = KIT.quizzes.create(session, QuizCreate(title="Lakes"), author="ann")
        assert made.author_id == "ann"
        assert KIT.quizzes.get(session, made.id) == made
        assert KIT.quizzes.publish(session, world.quiz_id).author_id is None
        assert "ann" in [quiz.author_id for quiz in KIT.quizzes.page(session).items]
        assert KIT.quizzes.archive(session, made.id).author_id == "ann"

    within(call, work)


def test_rows_that_come_with_a_verb_take_the_default_of_the_column(call: Caller) -> None:
    """A default may depend on the request that the verb serves."""

    def work(session: Session, _world: World) -> None:
        token = REQUEST.set("request 7")
        try:
            asked = QuizCreate(title="Lakes", questions=ASKED, behaviour=Behaviour.INTERACTIVE)
            quiz_id = KIT.quizzes.create(session, asked).id
            KIT.quizzes.publish(session, quiz_id)
            attempt_id = KIT.attempts.start(session, quiz_id, taker="bob").attempt_id
            right = {"answer": True}
            saved = SaveResponse(slot=1, sequence=1, response=right)
            KIT.attempts.save(session, attempt_id, saved, taker="bob")
            tried = CheckResponse(slot=2, sequence=1, number=1, response=right)
            KIT.attempts.check(session, attempt_id, tried, taker="bob")
            KIT.attempts.submit(session, attempt_id, taker="bob")
        finally:
            REQUEST.reset(token)
        for role in models.__dataclass_fields__:
            origins = set(session.scalars(select(getattr(Noted, role).origin)))
            assert ("request 7" in origins) is (role not in NOT_HERE), role
            assert origins <= {"request 7", "no request"}, role

    within(call, work)


def test_onupdate_runs_when_a_save_replaces_a_response(call: Caller) -> None:
    """And only then. A function with SQLAlchemy's context does not run."""

    def work(session: Session, world: World) -> None:
        _, attempt = world.reads["attempt"]
        table, found = OWN.table(OWN.attempt_response), []
        columns = table.c.touched_by, table.c.touched, table.c.touched_at.is_not(None), table.c.unchanged
        for sequence, request in ((1, "one"), (3, "three"), (2, "two"), (4, "four")):
            data = SaveResponse(slot=1, sequence=sequence, response={"answer": sequence > 1})
            token = REQUEST.set(request)
            KIT.attempts.save(session, attempt["attempt_id"], data, taker="ann")
            REQUEST.reset(token)
            found.append(tuple(session.execute(select(*columns)).one()))
        assert found == [
            (None, None, False, None),
            ("three", 1, True, None),
            ("three", 1, True, None),
            ("four", 1, True, None),
        ]

    within(call, work)


class Renaming(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(prefix="renaming_")})


class Course(Renaming):
    __tablename__ = "renaming_course"
    id: Mapped[int] = mapped_column(primary_key=True)
    open: Mapped[bool] = mapped_column(default=True)


class Renamed(QuizMixin[str], Renaming):
    course_id: Mapped[int | None] = mapped_column("course", ForeignKey(Course.id), key="of_course")
    of: Mapped[Course | None] = relationship(Course)


Renamed.heading = column_property(Renamed.__table__.c.title)
RENAMED = Quizkit(mount(Renaming, quiz=Renamed))


@pytest.fixture
def renamed(call: Caller) -> Iterator[Callable[[Callable[[Session], Any]], Any]]:
    """Two courses, a quiz in the first, and a quiz without."""

    def within(work: Callable[[Session], Any]) -> Any:
        def run(session: Session) -> Any:
            session.add_all([Course(id=1), Course(id=2)])
            RENAMED.quizzes.create(session, QuizCreate(title="Rivers"), values={Renamed.course_id: 1})
            RENAMED.quizzes.create(session, QuizCreate(title="Lakes"))
            try:
                return work(session)
            finally:
                session.rollback()

        return call.within(run)

    call.within(lambda session: Renaming.metadata.create_all(session.connection()))
    yield within
    call.within(lambda session: Renaming.metadata.drop_all(session.connection()))


def test_attributes_with_other_names_than_their_columns_are_set_and_returned(renamed: Any) -> None:
    def work(session: Session) -> list[Any]:
        return [quiz.columns for quiz in RENAMED.quizzes.page(session, columns=[Renamed.course_id]).items]

    assert renamed(work) == [{"course_id": 1}, {"course_id": None}]


def test_another_name_for_a_column_of_quizkit_is_no_column_of_the_host(renamed: Any) -> None:
    def work(session: Session) -> str:
        heading: Any = Renamed.heading  # type: ignore[attr-defined] # as above
        with pytest.raises(UsageError) as refused:
            RENAMED.quizzes.page(session, columns=[heading])
        return refused.value.code

    assert renamed(work) == "columns_column"


def test_a_condition_on_another_table_is_refused(renamed: Any) -> None:
    """Joined without a condition it would list each quiz for each course."""

    def work(session: Session) -> list[tuple[str, str]]:
        other, found = aliased(Renamed), []
        for condition in (Course.open, Course.id == Renamed.course_id, other.title == "Lakes"):
            with pytest.raises(UsageError, match="subquery") as refused:
                RENAMED.quizzes.page(session, where=[condition])
            found.append((refused.value.code, refused.value.params["table"].partition("_")[0]))
        return found

    assert renamed(work) == [("where_table", "renaming")] * 3


@pytest.mark.parametrize("name", ["limit", "after"])
def test_a_parameter_of_a_condition_that_quizkits_statement_has_too_is_refused(renamed: Any, name: str) -> None:
    """Its value would be replaced."""

    def work(session: Session) -> str:
        with pytest.raises(UsageError) as refused:
            RENAMED.quizzes.page(session, where=[Renamed.course_id == bindparam(name, 1)])
        titles = [
            quiz.title
            for quiz in RENAMED.quizzes.page(session, where=[text("title = :mine").bindparams(mine="Lakes")]).items  # type: ignore[list-item] # text
        ]
        assert titles == ["Lakes"]
        return refused.value.code

    assert renamed(work) == "where_parameter"


def test_conditions_in_subqueries_may_read_any_table(renamed: Any) -> None:
    def work(session: Session) -> list[list[str]]:
        of_course = exists().where(Course.id == Renamed.course_id)
        ids = select(Course.id).where(Course.open)
        conditions = [
            of_course,
            ~of_course,
            Renamed.of.has(Course.open),
            Renamed.course_id.in_(ids),
            ids.where(Course.id == Renamed.course_id).scalar_subquery() == 1,
            text("title = 'Lakes'"),
        ]
        pages: list[Any] = [RENAMED.quizzes.page(session, where=[one]) for one in conditions]  # type: ignore[list-item] # text
        return [[quiz.title for quiz in page.items] for page in pages]

    assert renamed(work) == [["Rivers"], ["Lakes"], ["Rivers"], ["Rivers"], ["Rivers"], ["Lakes"]]


def test_a_host_without_tenants_may_have_a_tenant_id_of_its_own(call: Caller) -> None:
    class Own(DeclarativeBase): ...

    class Quiz(QuizMixin[str], Own):
        __quizkit__ = TableConfig(prefix="own_")
        tenant_id: Mapped[str | None] = mapped_column(String(20))

    own = Quizkit(mount(Own, quiz=Quiz))

    def work(session: Session) -> Any:
        made = own.quizzes.create(session, QuizCreate(title="Rivers"), values={Quiz.tenant_id: "acme"})
        found = own.quizzes.get(session, made.id, columns=[Quiz.tenant_id]).columns
        session.rollback()
        return found

    call.within(lambda session: Own.metadata.create_all(session.connection()))
    found = call.within(work)
    call.within(lambda session: Own.metadata.drop_all(session.connection()))

    assert found == {"tenant_id": "acme"}
