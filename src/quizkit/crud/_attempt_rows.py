"""What is said to the database about attempts. Each statement is built once for each set of models and dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from quizkit.crud._pages import AFTER, LIMIT, MOST
from quizkit.crud._tables import ID, MARIADB, fresh, insert_into, insert_of, owned, owned_alias, through
from quizkit.models import ExactPoints, Models, UtcDateTime
from quizkit.vocabulary import AttemptPurpose, AttemptState, TimeUp

_OPEN = literal(AttemptState.OPEN.value, String(16))
_REAL = literal(AttemptPurpose.REAL.value, String(16))


def _taker(m: Models[Any]) -> Any:
    return bindparam("_taker", type_=m.table(m.attempt).c.taker_id.type)


def _now() -> Any:
    return bindparam("_now", type_=UtcDateTime())


def _mine(m: Models[Any]) -> ColumnElement[bool]:
    table = m.table(m.attempt)
    return and_(table.c.id == bindparam("_attempt", type_=ID), table.c.taker_id == _taker(m), *owned(m, m.attempt))


FACTS = (
    "id", "quiz_id", "taker_id", "assignment_id", "quiz_revision_id", "number", "purpose", "state", "seed", "algorithm",
    "paper", "policy", "started_at", "due_at", "on_time_until", "accepts_until", "closes_at", "submitted_at", "late",
    "current_page", "current_slot", "current_since", "notes", "score", "max_score", "needs_grading",
)  # fmt: skip


def _facts(m: Models[Any]) -> Any:
    attempt, revision, given = m.table(m.attempt), m.quiz_revision, m.assignment
    return (
        select(
            *(attempt.c[name] for name in FACTS),
            revision.content_hash,
            revision.title,
            revision.description,
            revision.review,
            revision.feedback_bands,
            given.settings,
            given.closes_at.label("assignment_closes_at"),
        )
        .select_from(attempt)
        .join(revision, and_(revision.id == attempt.c.quiz_revision_id, *owned(m, revision)))
        .join(given, and_(given.id == attempt.c.assignment_id, *owned(m, given)))
        .where(*owned(m, m.attempt))
    )


def mine(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt of this taker's."""
    found: Executable = _facts(m).where(_mine(m))
    return found


def mine_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker's as it is at this moment."""
    return fresh(through(_facts(m).where(_mine(m)), m.table(m.attempt), dialect), dialect)


def newest(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment: the only one that can be open."""
    found: Executable = _newest(m)
    return found


def newest_now(m: Models[Any], dialect: str) -> Executable:
    """Select the newest attempt once more, after an insert has met one that was not seen."""
    found: Executable = fresh(_newest(m), dialect)
    return found


def _newest(m: Models[Any]) -> Any:
    table = m.table(m.attempt)
    return (
        _facts(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == bindparam("_purpose", type_=String(16)),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


def page(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's attempts, at all quizzes."""
    table = m.table(m.attempt)
    found: Executable = (
        _listed(m).where(table.c.taker_id == _taker(m), table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    )
    return found


def _listed(m: Models[Any]) -> Any:
    return _facts(m).add_columns(_others_sit(m).label("others_sit"))


def _others_sit(m: Models[Any]) -> Any:
    """Return whether somebody else can still answer in the assignment of an attempt."""
    attempt = m.table(m.attempt)
    other = attempt.alias("other")
    return exists().where(
        other.c.assignment_id == attempt.c.assignment_id,
        other.c.id != attempt.c.id,
        other.c.purpose == _REAL,
        other.c.open_marker == true(),
        or_(other.c.accepts_until.is_(None), other.c.accepts_until >= _now()),
        *owned_alias(m, other),
    )


def others_sit(m: Models[Any], _dialect: str) -> Executable:
    """Select whether somebody else can still answer in the assignment of an attempt."""
    table = m.table(m.attempt)
    return select(_others_sit(m)).select_from(table).where(_this(m))


def _this(m: Models[Any]) -> ColumnElement[bool]:
    return and_(m.table(m.attempt).c.id == bindparam("_attempt", type_=ID), *owned(m, m.attempt))


def page_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's attempts at one quiz."""
    table = m.table(m.attempt)
    found: Executable = (
        _listed(m)
        .where(
            table.c.taker_id == _taker(m),
            table.c.quiz_id == bindparam("quiz_id", type_=ID),
            table.c.id > AFTER,
        )
        .order_by(table.c.id)
        .limit(LIMIT)
    )
    return found


def insert_attempt(m: Models[Any], dialect: str) -> Executable:
    """Insert an attempt, or nothing where another start was quicker; the id comes back only if it was inserted.

    MariaDB can only leave out every kind of error (INSERT IGNORE); there the duplicate key is an error that undoes
    this statement and nothing else.
    """
    table = m.table(m.attempt)
    if dialect in MARIADB:
        return insert_into(m, m.attempt)
    new: Any = insert_into(m, m.attempt, insert_of(dialect))
    made: Executable = new.on_conflict_do_nothing().returning(table.c.id)
    return made


def lock(m: Models[Any], dialect: str) -> Executable:
    """Lock an attempt of this taker's: saves and submits wait."""
    table = m.table(m.attempt)
    names = (
        "id",
        "seed",
        "state",
        "started_at",
        "accepts_until",
        "current_page",
        "current_slot",
        "current_since",
        "notes",
    )
    this = select(*(table.c[name] for name in names)).where(_mine(m))
    found: Executable = through(this, table, dialect).with_for_update()
    return found


def save(m: Models[Any], dialect: str) -> Executable:
    """Store one response, if the attempt is open, in time and this taker's, and no later response is stored.

    The share lock on the attempt is taken inside the statement: a submit waits for it, or it sees the submit.
    Without it a response that is on its way while the attempt is submitted is stored and never counted.
    """
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    given: dict[str, Any] = {
        **{name: attempt.c[name] for name in m.config.key()},
        "attempt_id": attempt.c.id,
        "slot": bindparam("_slot", type_=SmallInteger()),
        "question_revision_id": bindparam("_revision", type_=ID),
        "response": bindparam("_response", type_=JSON()),
        "sequence": bindparam("_sequence", type_=Integer()),
        "picked": bindparam("_picked", type_=String(32)),
        "effective_points": bindparam("_points", type_=ExactPoints(12)),
        "counts": bindparam("_counts", type_=Boolean()),
        "certainty": bindparam("_certainty", type_=String(8)),
        "marker": bindparam("_marker", type_=String(80)),
        "received_at": bindparam("_received", type_=UtcDateTime()),
    }
    in_time = or_(attempt.c.accepts_until.is_(None), attempt.c.accepts_until >= _now())
    same = attempt.c.seed == bindparam("_seed", type_=String(32))
    page = attempt.c.current_page.between(
        bindparam("_first_page", type_=SmallInteger()), bindparam("_last_page", type_=SmallInteger())
    )
    open_now = select(*given.values()).where(_mine(m), attempt.c.state == _OPEN, same, in_time, page)
    source = through(open_now, attempt, dialect)
    if dialect != "sqlite":
        source = source.with_for_update(read=True)
    new = insert_of(dialect)(response).from_select(list(given), source)
    kept = m.config.key("attempt_id", "slot")
    changed = [name for name in given if name not in kept]
    stored = response.c.sequence, response.c.response, response.c.certainty, response.c.received_at
    made: Executable
    if dialect in MARIADB:
        later = response.c.sequence < new.inserted.sequence
        # From left to right, so that the sequence, which decides, changes last.
        ordered = sorted(changed, key=lambda name: name == "sequence")
        made = new.on_duplicate_key_update(
            [(name, case((later, new.inserted[name]), else_=response.c[name])) for name in ordered]
        ).returning(*stored)
        return made
    made = new.on_conflict_do_update(
        index_elements=[response.c[name] for name in kept],
        set_={name: new.excluded[name] for name in changed},
        where=response.c.sequence < new.excluded.sequence,
    ).returning(*stored)
    return made


def explain_save(m: Models[Any], dialect: str) -> Executable:
    """Select why a response was not stored: the attempt, and the response that is."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = and_(
        response.c.attempt_id == attempt.c.id,
        response.c.slot == bindparam("_slot", type_=SmallInteger()),
        *owned(m, m.attempt_response),
    )
    why = (
        select(
            attempt.c.state,
            attempt.c.seed,
            attempt.c.accepts_until,
            attempt.c.current_page,
            response.c.sequence,
            response.c.response,
            response.c.certainty,
            response.c.received_at,
        )
        .select_from(attempt)
        .outerjoin(response, here)
        .where(_mine(m))
    )
    return fresh(why, dialect)


def responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, without what they are worth."""
    table = m.table(m.attempt_response)
    return select(table.c.slot, table.c.sequence, table.c.response, table.c.certainty).where(*_of_attempt(m))


def _of_attempt(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt_response)
    return table.c.attempt_id == bindparam("_attempt", type_=ID), *owned(m, m.attempt_response)


def graded_responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, with what they are worth."""
    return _graded_responses(m)


def graded_responses_now(m: Models[Any], dialect: str) -> Executable:
    """Select the stored responses of an attempt as they are at this moment, with what they are worth."""
    return fresh(_graded_responses(m), dialect)


def _graded_responses(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    names = ("slot", "sequence", "response", "certainty", "effective_points")
    return select(*(table.c[name] for name in names)).where(*_of_attempt(m))


def response_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the stored response of one slot as it is at this moment, with what it is worth."""
    this = m.table(m.attempt_response).c.slot == bindparam("_slot", type_=SmallInteger())
    return fresh(_graded_responses(m).where(this), dialect)


def _finished(m: Models[Any]) -> list[tuple[Any, Any]]:
    """Return what closing sets, in this order: MariaDB lets later ones see earlier ones.

    The same rule as `rules.timing.finished_at`: finished when its time was up if nobody closed it in time, or when
    the time for late answers was, if there were any; else now, and never before the start.
    """
    table, response = m.table(m.attempt), m.table(m.attempt_response)
    over = table.c.accepts_until < _now()
    came_late = exists().where(
        response.c.attempt_id == table.c.id,
        response.c.received_at > table.c.on_time_until,
        *owned(m, m.attempt_response),
    )
    at = case(
        (and_(over, came_late), table.c.accepts_until),
        (over, table.c.due_at),
        (table.c.started_at > _now(), table.c.started_at),
        else_=_now(),
    )
    late = case((over, came_late), (table.c.on_time_until < _now(), true()), else_=false())
    left = and_(over, table.c.time_up == TimeUp.ABANDON.value)
    state = case((left, literal(AttemptState.ABANDONED.value)), else_=literal(AttemptState.SUBMITTED.value))
    return [
        (table.c.submitted_at, at),
        (table.c.late, late),
        (table.c.open_marker, null()),
        (table.c.state, state),
    ]


def _added_up(m: Models[Any]) -> dict[str, Any]:
    """Return what adding up sets: the sum of the points that count, and whether a person must still look."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = (
        response.c.attempt_id == attempt.c.id,
        response.c.counts == true(),
        *owned(m, m.attempt_response),
    )
    nothing = literal(0, ExactPoints(16))
    points = func.coalesce(func.sum(response.c.effective_points, type_=ExactPoints(16)), nothing, type_=ExactPoints(16))
    return {
        "score": select(points).where(*here).scalar_subquery(),
        "needs_grading": exists().where(*here, response.c.effective_points.is_(None)),
    }


def close(m: Models[Any], dialect: str) -> Executable:
    """Finish an attempt that is open: the one statement that decides which of two submits it was."""
    table = m.table(m.attempt)
    done = update(table).where(_mine(m), table.c.state == _OPEN).ordered_values(*_finished(m))
    found: Executable = through(done, table, dialect)
    return found


def add_up(m: Models[Any], _dialect: str) -> Executable:
    """Sum the points of an attempt. A statement of its own after `close`: only then has every save been seen."""
    table = m.table(m.attempt)
    this = table.c.id == bindparam("_attempt", type_=ID)
    return update(table).where(this, *owned(m, m.attempt)).values(_added_up(m))


def overdue(m: Models[Any], dialect: str) -> Executable:
    """Select and lock open attempts that take no more answers, without those that somebody else is at.

    On MariaDB they are looked for without a lock and then locked by their ids: a locking read of the index that finds
    them would also lock its gaps, and everybody who starts an attempt would wait for it, or deadlock with it.
    """
    table = m.table(m.attempt)
    over = and_(table.c.open_marker == true(), table.c.accepts_until < _now(), *owned(m, m.attempt))
    found = select(table.c.id).where(over).order_by(table.c.accepts_until)
    if dialect in MARIADB:
        # More than one worker takes, since others are at the first ones.
        due = found.limit(literal_column(str(5 * MOST))).subquery("due")
        found = (
            select(table.c.id)
            .select_from(due)
            .join(table, table.c.id == due.c.id)
            .where(over)
            .prefix_with("STRAIGHT_JOIN")
        )
        found = through(found, table, dialect)
    return found.limit(LIMIT).with_for_update(skip_locked=True)


def close_all(m: Models[Any], dialect: str) -> Executable:
    """Finish attempts that are open."""
    table = m.table(m.attempt)
    done = update(table).where(*_these(m), table.c.state == _OPEN).ordered_values(*_finished(m))
    found: Executable = through(done, table, dialect)
    return found


def add_up_all(m: Models[Any], dialect: str) -> Executable:
    """Sum the points of attempts, each by itself."""
    table = m.table(m.attempt)
    found: Executable = through(update(table).where(*_these(m)).values(_added_up(m)), table, dialect)
    return found


def _these(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    return m.table(m.attempt).c.id.in_(bindparam("_attempts", type_=ID, expanding=True)), *owned(m, m.attempt)


def used(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, and how many the quiz allows now."""
    table, given, revision = m.table(m.attempt), m.assignment, m.quiz_revision
    return (
        select(table.c.number, table.c.policy, table.c.state, revision.max_attempts, given.settings)
        .select_from(table)
        .join(given, given.id == table.c.assignment_id)
        .join(m.quiz, m.quiz.id == table.c.quiz_id)
        .join(revision, and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == _REAL,
            *owned(m, m.attempt, given, m.quiz, revision),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


# ---------------------------------------------------------------------------------------------- what else takers do


def had_before(m: Models[Any], _dialect: str) -> Executable:
    """Select the papers of this taker's earlier attempts."""
    table = m.table(m.attempt)
    return select(table.c.paper).where(table.c.taker_id == _taker(m), table.c.purpose == _REAL, *owned(m, m.attempt))


def questions_of(m: Models[Any], _dialect: str) -> Executable:
    """Select which questions revisions are of."""
    revision = m.question_revision
    given = bindparam("_revisions", type_=ID, expanding=True)
    return select(revision.question_id).where(revision.id.in_(given), *owned(m, revision))


def tries(m: Models[Any], _dialect: str) -> Executable:
    """Select the tries of an attempt, the first of each slot first."""
    return _tries(m)


def tries_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the tries of one slot as they are at this moment: the attempt was locked meanwhile."""
    return fresh(_tries(m).where(m.table(m.try_event).c.slot == bindparam("_slot", type_=SmallInteger())), dialect)


_TRY = (
    "slot", "number", "action", "tries", "sequence", "response", "certainty", "fraction", "worth", "parts", "received_at",
)  # fmt: skip


def _tries(m: Models[Any]) -> Select[Any]:
    table = m.table(m.try_event)
    this = table.c.attempt_id == bindparam("_attempt", type_=ID)
    return (
        select(*(table.c[name] for name in _TRY))
        .where(this, *owned(m, m.try_event))
        .order_by(table.c.slot, table.c.number)
    )


def insert_try(m: Models[Any], _dialect: str) -> Executable:
    """Append a try."""
    return insert_into(m, m.try_event)


def note(m: Models[Any], dialect: str) -> Executable:
    """Write the notes of an attempt, and what is in front of the taker; the attempt is locked."""
    table = m.table(m.attempt)
    names = ("notes", "current_page", "current_slot", "current_since")
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    found: Executable = through(update(table).where(_mine(m)).values(new), table, dialect)
    return found


def finished_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's finished attempts at an assignment."""
    table = m.table(m.attempt)
    found: Executable = (
        _facts(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == _REAL,
            table.c.state != _OPEN,
        )
        .order_by(table.c.number)
    )
    return found


def grade_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's grade in an assignment."""
    table = m.table(m.quiz_grade)
    names = ("grade", "max_grade", "passed", "attempts", "needs_grading")
    return select(*(table.c[name] for name in names)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.taker_id == _taker(m),
        table.c.attempts >= 1,
        *owned(m, m.quiz_grade),
    )
