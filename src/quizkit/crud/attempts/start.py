"""Start an attempt, or continue the open one."""

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
from quizkit.crud.attempts import grades, statements
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
    """A request for an attempt: the taker, its purpose and their groups; `credentials` is for the host's own check."""

    taker: Any
    purpose: AttemptPurpose
    groups: tuple[str, ...] = ()
    credentials: Mapping[str, Any] = _NO_CREDENTIALS


class _New(NamedTuple):
    """What the client may choose for a new attempt."""

    attempt_id: uuid.UUID
    seed: bytes
    extra: dict[str, Any]


def start(
    work: Work[S],
    quiz_id: uuid.UUID,
    request: StartRequest,
    assignment_id: uuid.UUID | None,
    attempt_id: uuid.UUID | None,
    seed: bytes | None,
    values: Values,
) -> Paper:
    """Start an attempt, or continue the open one.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: the reason why no attempt may be started; `attempt_id_taken`.
        UsageError: `seed_length`.
    """
    extra = host_values(work.models.attempt, values)
    if seed is not None and len(seed) != SEED_BYTES:
        raise UsageError("seed_length", f"A seed must have {SEED_BYTES} bytes")
    terms = terms_to_start(work, quiz_id, assignment_id)
    new = _New(client_id("attempt_id", attempt_id) or work.new_id(), seed or secrets.token_bytes(SEED_BYTES), extra)
    named = assignment_id is not None
    real = request.purpose is AttemptPurpose.REAL
    admit = work.context.admit if real else None
    rules: access.Access | None = None
    if terms.serializable and real and admit is None:
        rules = _rules_for(work, terms, request)
        facts = _first_without_reading(work, terms, rules, request, new, named=named)
        if facts is not None:
            return first_paper(work, facts)
    return _continue_or_create(work, terms, rules, request, attempt_id, new, admit, named=named)


def _continue_or_create(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access | None,
    request: StartRequest,
    attempt_id: uuid.UUID | None,
    new: _New,
    admit: AccessCheck | None,
    *,
    named: bool,
) -> Paper:
    """Continue the open attempt, or create one; retry if another call was faster."""
    real = request.purpose is AttemptPurpose.REAL
    for turn in range(_START_TRIES):
        found, last = _find_attempts(work, terms, request, attempt_id, after_conflict=turn > 0)
        # Only in the first turn: the decision stands if another call is faster, and a password may work only once.
        if admit is not None and turn == 0:
            going_on = found is not None
            admit(
                request_of(terms, request.taker, request.groups, request.credentials, going_on=going_on, now=work.now)
            )
        if found is not None:
            return paper_of(work, found)
        if rules is None:
            rules = _rules_for(work, terms, request)
        used = admission.Used() if last is None else admission.Used(last.number, last.submitted_at)
        hidden_attempts = used.attempts if turn > 0 else 0
        try:
            paper = granted(
                work,
                terms,
                rules if real else None,
                request.taker,
                used,
                new.seed,
                named=named,
                hidden_attempts=hidden_attempts,
            )
        except Refused as refused:
            if refused.code != "draw_too_small":
                raise
            # The questions may be on the paper of an attempt that was started after the read above.
            found, _ = _find_attempts(work, terms, request, attempt_id, after_conflict=turn > 0)
            if found is None:
                raise
            return paper_of(work, found)
        facts = _insert(work, terms, rules, request, used.attempts + 1, new, paper)
        if facts is not None:
            return first_paper(work, facts)
        # Another call for the same taker was faster: in the next turn its attempt is the open one.
    if work.run(statements.id_of, {"_attempt": new.attempt_id}).first() is None:
        raise Refused("attempt_busy", "Other requests are changing the attempts of this taker: start again")
    raise Refused("attempt_id_taken", "An attempt with this id already exists: use a new id")


def _first_without_reading(
    work: Work[S], terms: Row[Any], rules: access.Access, request: StartRequest, new: _New, *, named: bool
) -> AttemptFacts | None:
    """Create a taker's first attempt under SERIALIZABLE, without reading first; None if an attempt may already exist.

    At that level a read without a result locks an index page, so everybody who starts at the same time would fail with
    a serialization error. An insert that does nothing on a conflict locks nothing.
    """
    with suppress(Refused):  # the taker may still have an attempt to continue
        paper = granted(work, terms, rules, request.taker, admission.Used(), new.seed, named=named)
        return _insert(work, terms, rules, request, 1, new, paper)
    return None


def _rules_for(work: Work[S], terms: Row[Any], request: StartRequest) -> access.Access:
    """Return the access rules for a taker; for a preview, no rules at all."""
    if request.purpose is not AttemptPurpose.REAL:
        return access.Access()
    return access.access_of(explained_access(work, terms, request.taker, request.groups))


def _find_attempts(
    work: Work[S], terms: Row[Any], request: StartRequest, attempt_id: uuid.UUID | None, *, after_conflict: bool
) -> tuple[Row[Any] | None, Row[Any] | None]:
    """Return the attempt to continue, if there is one, and the newest attempt; an overdue one is finished first.

    `after_conflict` tells that an insert met an attempt that the snapshot may not show. Only then the read locks:
    locking a row that does not exist would make other takers wait, or deadlock, on MariaDB (decision 0063).
    """
    build = statements.newest_now if after_conflict else statements.newest
    of = {"assignment_id": terms.assignment_id, "_taker": request.taker, "_purpose": request.purpose.value}
    newest = work.first(build, of)
    if newest is None:
        return None, None
    if newest.state == AttemptState.OPEN:
        if timing.state_at(AttemptState.OPEN, newest.accepts_until, work.now) is AttemptState.OPEN:
            return newest, newest
        newest = finish_attempt(work, newest.id, request.taker, only_if_overdue=True)
        if newest.state == AttemptState.OPEN:  # it was extended in the meantime
            return newest, newest
    if attempt_id is not None:
        mine = statements.mine_now if after_conflict else statements.mine
        known = work.first(mine, {"_attempt": attempt_id, "_taker": request.taker})
        if known is not None and known.assignment_id == terms.assignment_id:
            return known, newest
    return None, newest


def granted(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access | None,
    taker: S,
    used: admission.Used,
    seed: bytes,
    *,
    named: bool,
    hidden_attempts: int = 0,
) -> NewPaper:
    """Return the paper of an attempt that may be started now; `start` and `explain_access` share this decision.

    `rules` is None for a preview, to which no access rules apply. `hidden_attempts` is the number of attempts in this
    assignment that the snapshot may not show.

    Raises:
        Refused: the reason why no attempt may be started.
    """
    offered = admission.Offered(
        state=QuizState(terms.state),
        archived=terms.archived_at is not None,
        default=bool(terms.default_marker),
        others=bool(terms.others),
        ruled=has_rules(terms),
        named=named,
    )
    admission.refuse_attempt(offered, rules, used, work.now)
    return compose(work, terms, seed, taker, hidden_attempts=hidden_attempts if rules is not None else 0)


def _insert(
    work: Work[S], terms: Row[Any], rules: access.Access, request: StartRequest, number: int, new: _New, paper: NewPaper
) -> AttemptFacts | None:
    """Insert an attempt and return its facts, or None if another start was faster.

    The first attempt also creates the taker's grade, still without a value. Finishing an attempt then only locks rows
    that come after the attempt in the lock order, and needs no new reference to the assignment.
    """
    policy = AttemptPolicy.of(terms, settings_of(terms).explicit_values(), rules)
    values = _row(work, terms, rules, policy, request, number, new, paper)
    fixed = (*values.values(), terms.content_hash, terms.title, terms.description)
    values["checksum"] = content_hash([str(value) for value in fixed])
    if not _is_inserted(work, {**values, **new.extra}, tuple(new.extra)):
        return None
    if number == 1 and request.purpose is AttemptPurpose.REAL:
        grades.open_grade(work, terms.id, terms.assignment_id, [request.taker])
    return AttemptFacts(
        attempt_id=new.attempt_id,
        taker=request.taker,
        quiz_id=terms.id,
        assignment_id=terms.assignment_id,
        quiz_revision_id=terms.revision_id,
        content_hash=terms.content_hash,
        title=terms.title,
        description=terms.description,
        number=number,
        purpose=request.purpose,
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
    rules: access.Access,
    policy: AttemptPolicy,
    request: StartRequest,
    number: int,
    new: _New,
    paper: NewPaper,
) -> dict[str, Any]:
    due, on_time, until = rules.deadline(work.now)
    return {
        "id": new.attempt_id,
        "quiz_id": terms.id,
        "assignment_id": terms.assignment_id,
        "quiz_revision_id": terms.revision_id,
        "taker_id": request.taker,
        "pseudonym": None,
        "purpose": request.purpose.value,
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
        "closes_at": rules.closes_at,
        "time_up": rules.time_up.value,
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
