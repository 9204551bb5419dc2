"""Starting an attempt, or going on with the one that is open."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import client_id
from quizkit.crud._core.dialects import is_duplicate
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._terms.access import explained_access, terms_to_start
from quizkit.crud._terms.policy import has_rules, settings_of
from quizkit.crud.attempts import finish_statements, grades, statements
from quizkit.crud.attempts.admission import AccessCheck, request_of
from quizkit.crud.attempts.composing import NewPaper, compose
from quizkit.crud.attempts.facts import AttemptFacts
from quizkit.crud.attempts.finish import finish_attempt
from quizkit.crud.attempts.papers import first_paper, paper_of
from quizkit.errors import Refused, UsageError
from quizkit.rules import access, admission, timing
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.drawing import ALGORITHM, SEED_BYTES
from quizkit.schemas import Paper
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState

__all__ = ["StartRequest", "granted", "start"]

_START_TRIES: Final = 3
_NO_CREDENTIALS: Final[Mapping[str, Any]] = MappingProxyType({})


class StartRequest(NamedTuple):
    """Who asks for an attempt, and for what; `credentials` is for the host's own rule."""

    taker: Any
    purpose: AttemptPurpose
    groups: tuple[str, ...] = ()
    credentials: Mapping[str, Any] = _NO_CREDENTIALS


class _New(NamedTuple):
    """What the client decides of an attempt that is made."""

    attempt_id: uuid.UUID
    seed: bytes
    extra: dict[str, Any]


def start(
    work: Work[S],
    quiz_id: uuid.UUID,
    asking: StartRequest,
    assignment_id: uuid.UUID | None,
    attempt_id: uuid.UUID | None,
    seed: bytes | None,
    values: Values,
) -> Paper:
    """Start an attempt, or go on with the one that is open.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: why none may be started; `attempt_id_taken`.
        UsageError: `seed_length`.
    """
    extra = host_values(work.models.attempt, values)
    if seed is not None and len(seed) != SEED_BYTES:
        raise UsageError("seed_length", f"A seed has {SEED_BYTES} bytes")
    terms = terms_to_start(work, quiz_id, assignment_id)
    new = _New(client_id("attempt_id", attempt_id) or work.new_id(), seed or secrets.token_bytes(SEED_BYTES), extra)
    named = assignment_id is not None
    real = asking.purpose is AttemptPurpose.REAL
    admit = work.context.admit if real else None
    held: access.Access | None = None
    if terms.serializable and real and admit is None:
        held = _held(work, terms, asking)
        made = _first_without_a_look(work, terms, held, asking, new, named=named)
        if made is not None:
            return first_paper(work, made)
    return _start(work, terms, held, asking, attempt_id, new, admit, named=named)


def _start(
    work: Work[S],
    terms: Row[Any],
    held: access.Access | None,
    asking: StartRequest,
    attempt_id: uuid.UUID | None,
    new: _New,
    admit: AccessCheck | None,
    *,
    named: bool,
) -> Paper:
    """Go on with the attempt that is open, or make one; again where somebody was quicker."""
    real = asking.purpose is AttemptPurpose.REAL
    for turn in range(_START_TRIES):
        found, last = _go_on(work, terms, asking, attempt_id, met=turn > 0)
        # Once: who was let in is let in, also where somebody was quicker; a password may hold for one time.
        if admit is not None and turn == 0:
            going_on = found is not None
            admit(request_of(terms, asking.taker, asking.groups, asking.credentials, going_on=going_on, now=work.now))
        if found is not None:
            return paper_of(work, found)
        if held is None:
            held = _held(work, terms, asking)
        used = admission.Used() if last is None else admission.Used(last.number, last.submitted_at)
        met = used.attempts if turn > 0 else 0
        try:
            paper = granted(work, terms, held if real else None, asking.taker, used, new.seed, named=named, met=met)
        except Refused as refused:
            if refused.code != "draw_too_small":
                raise
            # The questions may be on the paper of an attempt that was started since the look.
            found, _ = _go_on(work, terms, asking, attempt_id, met=turn > 0)
            if found is None:
                raise
            return paper_of(work, found)
        made = _insert(work, terms, held, asking, used.attempts + 1, new, paper)
        if made is not None:
            return first_paper(work, made)
        # Somebody was quicker, for the same taker: in the next round their attempt is the open one.
    if work.run(statements.id_of, {"_attempt": new.attempt_id}).first() is None:
        raise Refused("attempt_busy", "The attempts of this taker change too often at this moment: start again")
    raise Refused("attempt_id_taken", "An attempt with this id exists already")


def _first_without_a_look(
    work: Work[S], terms: Row[Any], held: access.Access, asking: StartRequest, new: _New, *, named: bool
) -> AttemptFacts | None:
    """Start a taker's first attempt under SERIALIZABLE; None where there may be an attempt to go on with.

    There a look that finds nothing locks a page of the index: everybody who starts at the same moment would fail with
    everybody else. An insert that does nothing on a conflict locks nothing.
    """
    with suppress(Refused):  # there may be an attempt to go on with all the same
        paper = granted(work, terms, held, asking.taker, admission.Used(), new.seed, named=named)
        return _insert(work, terms, held, asking, 1, new, paper)
    return None


def _held(work: Work[S], terms: Row[Any], asking: StartRequest) -> access.Access:
    """Return what holds for a taker; for an author who looks at the quiz, that there is no end to it."""
    if asking.purpose is not AttemptPurpose.REAL:
        return access.Access()
    return access.access_of(explained_access(work, terms, asking.taker, asking.groups))


def _go_on(
    work: Work[S], terms: Row[Any], asking: StartRequest, attempt_id: uuid.UUID | None, *, met: bool
) -> tuple[Row[Any] | None, Row[Any] | None]:
    """Return the attempt to go on with, if there is one, and the last one; one that is overdue is finished first.

    `met` says whether an insert has met an attempt, which a snapshot may not know. Only then it is looked for with a
    lock: one for what is not there would make other takers wait, or deadlock, on MariaDB (decision 0063).
    """
    look = statements.newest_now if met else statements.newest
    of = {"assignment_id": terms.assignment_id, "_taker": asking.taker, "_purpose": asking.purpose.value}
    newest = work.first(look, of)
    if newest is None:
        return None, None
    if newest.state == AttemptState.OPEN:
        if timing.state_at(AttemptState.OPEN, newest.accepts_until, work.now) is AttemptState.OPEN:
            return newest, newest
        newest = finish_attempt(work, newest.id, asking.taker, finish_statements.close_overdue)
        if newest.state == AttemptState.OPEN:  # it was given more time meanwhile
            return newest, newest
    if attempt_id is not None:
        mine = statements.mine_now if met else statements.mine
        known = work.first(mine, {"_attempt": attempt_id, "_taker": asking.taker})
        if known is not None and known.assignment_id == terms.assignment_id:
            return known, newest
    return None, newest


def granted(
    work: Work[S],
    terms: Row[Any],
    held: access.Access | None,
    taker: S,
    used: admission.Used,
    seed: bytes,
    *,
    named: bool,
    met: int = 0,
) -> NewPaper:
    """Return the paper of an attempt that may be started now, for `start` and for `explain_access` alike.

    No rule of access holds where `held` is None, for an author who looks at the quiz. `met` is how many attempts there
    are here that a snapshot may not know.

    Raises:
        Refused: why none may be started.
    """
    offered = admission.Offered(
        state=QuizState(terms.state),
        archived=terms.archived_at is not None,
        default=bool(terms.default_marker),
        others=bool(terms.others),
        ruled=has_rules(terms),
        named=named,
    )
    admission.refuse_attempt(offered, held, used, work.now)
    return compose(work, terms, seed, taker, met=met if held is not None else 0)


def _insert(
    work: Work[S], terms: Row[Any], held: access.Access, asking: StartRequest, number: int, new: _New, paper: NewPaper
) -> AttemptFacts | None:
    """Insert an attempt and return its facts, None where another start was quicker.

    With the first one goes the grade that it will make, still without a value: so that whoever finishes an attempt
    has only rows to lock that come after it, and refers to no assignment anew.
    """
    policy = AttemptPolicy.of(terms, settings_of(terms).explicit_values(), held)
    values = _row(work, terms, held, policy, asking, number, new, paper)
    kept = (*values.values(), terms.content_hash, terms.title, terms.description)
    values["checksum"] = content_hash([str(value) for value in kept])
    if not _is_inserted(work, {**values, **new.extra}, tuple(new.extra)):
        return None
    if number == 1 and asking.purpose is AttemptPurpose.REAL:
        grades.open_grade(work, terms.id, terms.assignment_id, [asking.taker])
    return AttemptFacts(
        attempt_id=new.attempt_id,
        taker=asking.taker,
        quiz_id=terms.id,
        assignment_id=terms.assignment_id,
        quiz_revision_id=terms.revision_id,
        content_hash=terms.content_hash,
        title=terms.title,
        description=terms.description,
        number=number,
        purpose=asking.purpose,
        seed=new.seed,
        checksum=values["checksum"],
        algorithm=ALGORITHM,
        paper=paper.items,
        policy=policy,
        started_at=work.now,
        due_at=values["due_at"],
        accepts_until=values["accepts_until"],
        on_time_until=values["on_time_until"],
        max_score=paper.max_score,
    )


def _row(
    work: Work[S],
    terms: Row[Any],
    held: access.Access,
    policy: AttemptPolicy,
    asking: StartRequest,
    number: int,
    new: _New,
    paper: NewPaper,
) -> dict[str, Any]:
    due, on_time, until = held.deadline(work.now)
    return {
        "id": new.attempt_id,
        "quiz_id": terms.id,
        "assignment_id": terms.assignment_id,
        "quiz_revision_id": terms.revision_id,
        "taker_id": asking.taker,
        "pseudonym": None,
        "purpose": asking.purpose.value,
        "number": number,
        "state": AttemptState.OPEN.value,
        "open_marker": True,
        "seed": new.seed.hex(),
        "algorithm": ALGORITHM,
        "paper": [item.as_json() for item in paper.items],
        "policy": policy.as_json(),
        "started_at": work.now,
        "due_at": due,
        "on_time_until": on_time,
        "accepts_until": until,
        "closes_at": held.closes_at,
        "time_up": held.time_up.value,
        "current_page": 1,
        "current_slot": None,
        "current_since": None,
        "notes": {},
        "submitted_at": None,
        "late": False,
        "score": None,
        "max_score": paper.max_score,
        "needs_grading": False,
        "changes": 0,
        "created_at": work.now,
    }


def _is_inserted(work: Work[S], values: dict[str, Any], extra: tuple[str, ...]) -> bool:
    try:
        done = work.run(statements.insert_attempt, values, extra)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return False
    return not done.returns_rows or done.first() is not None
