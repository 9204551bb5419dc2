"""What may be seen of attempts now: the facts that `rules.release` decides from, and papers cut to what it says."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit import _exact
from quizkit.crud._core.context import S
from quizkit.crud._terms.access import of_assignment, of_quiz
from quizkit.crud._terms.policy import has_rules, review_of, settings_of
from quizkit.crud.attempts import release_statements as releases
from quizkit.crud.attempts import response_statements as answers
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.loading import Sittings
from quizkit.crud.attempts.marking import permuted
from quizkit.crud.attempts.published import Opened, Seat
from quizkit.rules import release, scoring, timing, tries
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.schemas import AccessSettings, Paper, PaperQuestion, ReviewPolicy
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState, ReviewCondition, ReviewItem, ReviewMoment

__all__ = ["Look", "Looking", "may_see", "share_of", "shown_during"]

_PAPER = frozenset({ReviewItem.QUESTION, ReviewItem.RESPONSE})


class Look(NamedTuple):
    """The moment at which an attempt is looked at, and what may be seen then."""

    moment: ReviewMoment
    shown: frozenset[ReviewItem]


class Looking(Sittings[S]):
    """What may be seen of attempts."""

    def _look(self, session: Session, row: Row[Any], at: datetime) -> Look:
        """Return what may be seen of an attempt now."""
        policy = _policy_of(row)
        closed = not _open_by_itself(row, at) and row.quiz_id in self._closed(session, [row.quiz_id], at)
        return self._seen(session, row, policy, at, closed=closed)

    def _looks_at(
        self, session: Session, found: Sequence[Row[Any]], at: datetime, about: frozenset[ReviewItem]
    ) -> list[frozenset[ReviewItem]]:
        """Return which of some items may be seen of attempts now. What decides nothing about them is not asked for."""
        policies = [_policy_of(row) for row in found]
        asking = {
            row.quiz_id
            for row, policy in zip(found, policies, strict=True)
            if _depends(policy, row, at, about) and not _open_by_itself(row, at)
        }
        closed = self._closed(session, sorted(asking), at) if asking else frozenset()
        return [
            self._seen(session, row, policy, at, closed=row.quiz_id in closed).shown & about
            for row, policy in zip(found, policies, strict=True)
        ]

    def _seen(self, session: Session, row: Row[Any], policy: ReviewPolicy, at: datetime, *, closed: bool) -> Look:
        items = policy.by_item()
        if row.purpose != AttemptPurpose.REAL and row.submitted_at is not None:
            moment = ReviewMoment.AFTER_CLOSE
            return Look(moment, release.released(items, moment))
        ended = _ended_at(row, at)
        if ended is None:
            return Look(ReviewMoment.DURING, _during(policy))
        moment = release.moment_of(finished_at=ended, closed=closed, now=at)
        shown = release.released(items, moment)
        if row.submitted_at is None:
            # Overdue, and open for all else; but who does not come back sees no more than who submits.
            asked = ReviewItem.QUESTION in shown
            return Look(ReviewMoment.DURING, _during(policy) if asked else frozenset())
        if ReviewItem.RIGHT_ANSWER in shown and policy.right_answer_if:
            met = [one for one in policy.right_answer_if if self._is_met(session, row, one)]
            shown = release.on_condition(shown, policy.right_answer_if, met)
        return Look(moment, shown)

    # ------------------------------------------------------------------ whether it is over for everybody

    def _closed(self, session: Session, quiz_ids: Sequence[uuid.UUID], at: datetime) -> frozenset[uuid.UUID]:
        """Return the quizzes that nobody may answer any more, in any of their assignments."""
        given: dict[uuid.UUID, list[Any]] = {quiz_id: [] for quiz_id in quiz_ids}
        for row in self._run(session, releases.offered, {"_quizzes": list(quiz_ids), "_now": at}):
            given[row.quiz_id].append(row)
        sat = {quiz_id for quiz_id, found in given.items() if any(row.somebody_sits for row in found)}
        offers = {
            row.id: release.Offered({**of_quiz(row), **of_assignment(row)})
            for quiz_id, found in given.items()
            for row in found
            if _takes_attempts(row, others=any(not one.default_marker for one in found))
        }

        def over(quiz_id: uuid.UUID) -> bool:
            here = [offers[row.id] for row in given[quiz_id] if row.id in offers]
            return release.is_over(here, somebody_sits=quiz_id in sat, now=at)

        # Exceptions only make it later: they are looked at where it would be over without them.
        likely = [quiz_id for quiz_id in quiz_ids if over(quiz_id)]
        if not likely or not offers:
            return frozenset(likely)
        for row in self._run(session, releases.words, {"_quizzes": likely}):
            known = offers.get(row.assignment_id)
            if known is not None:
                word = AccessSettings.model_validate_json(row.said).said()
                offers[row.assignment_id] = release.Offered(known.rules, (*known.words, word))
        return frozenset(quiz_id for quiz_id in likely if over(quiz_id))

    # ------------------------------------------------------------------ what else a right answer may need

    def _is_met(self, session: Session, row: Row[Any], condition: ReviewCondition) -> bool:
        if condition is ReviewCondition.ARCHIVED:
            return _is_archived(row)
        if condition is ReviewCondition.PASSED:
            return _has_passed(row)
        return _is_archived(row) or self._attempts_left(session, row) == 0

    def _attempts_left(self, session: Session, row: Row[Any]) -> int | None:
        """Return how many attempts are left at most: by the rules of the last one, and by those that hold now.

        The most lenient of them, because somebody who gets another attempt must not have seen the key; also of any
        group, since it is not known who is in which.
        """
        of = {"assignment_id": row.assignment_id, "_taker": row.taker_id}
        newest = self._first(session, rows.used, of)
        if newest is None or newest.state == AttemptState.OPEN:
            return None
        allowed = [
            AttemptPolicy.read(newest.policy).max_attempts,
            settings_of(newest).said().get("max_attempts", newest.max_attempts),
        ]
        allowed += [json.loads(word.said)["max_attempts"] for word in self._run(session, releases.grants, of)]
        most = None if None in allowed else max(one for one in allowed if one is not None)
        return tries.attempts_left(newest.number, most)

    # ------------------------------------------------------------------ papers

    def _paper(self, session: Session, row: Row[Any], at: datetime) -> Paper:
        """Return the paper of an attempt as it was read, cut to what may be seen now."""
        opened = self._facts(row)
        state = timing.state_at(AttemptState(row.state), row.accepts_until, at)
        (shown,) = (_PAPER,) if state is AttemptState.OPEN else self._looks_at(session, [row], at, _PAPER)
        if ReviewItem.QUESTION not in shown:
            return self._shown(opened, state, {}, {}, row=row)
        seats = self._seats(session, opened)
        within = {number: seat for number, seat in seats.items() if may_see(seat, row)}
        if row.submitted_at is not None and len(within) < len(seats) and self._is_after_close(session, row, at):
            within = seats
        of = {"_attempt": opened.attempt_id}
        answered = ReviewItem.RESPONSE in shown
        stored = {r.slot: r for r in self._run(session, answers.responses, of)} if answered else {}
        return self._shown(opened, state, within, stored, row=row)

    def _first_paper(self, session: Session, opened: Opened) -> Paper:
        """Return the paper of an attempt that has just been started."""
        seats = {number: seat for number, seat in self._seats(session, opened).items() if seat.within(1)}
        return self._shown(opened, AttemptState.OPEN, seats, {})

    def _is_after_close(self, session: Session, row: Row[Any], at: datetime) -> bool:
        return self._look(session, row, at).moment is ReviewMoment.AFTER_CLOSE

    def _shown(
        self,
        opened: Opened,
        state: AttemptState,
        seats: Mapping[int, Seat],
        stored: Mapping[int, Any],
        *,
        row: Any = None,
    ) -> Paper:
        page = 1 if row is None else row.current_page
        notes = {} if row is None else row.notes
        questions = []
        for number, seat in seats.items():
            answer, note = stored.get(number), notes.get(str(number), {})
            questions.append(
                PaperQuestion(
                    slot=number,
                    points=seat.slot.worth,
                    view=permuted(seat, opened),
                    sequence=answer.sequence if answer is not None else 0,
                    response=answer.response if answer is not None else None,
                    certainty=answer.certainty if answer is not None else None,
                    page=seat.entry.page,
                    counting=seat.slot.counting,
                    flagged=note.get("flagged", False),
                    seconds=_exact.shifted(Decimal(note.get("spent", 0)), -6),
                )
            )
        return Paper(
            attempt_id=opened.attempt_id,
            quiz_id=opened.quiz_id,
            title=opened.title,
            description=opened.description,
            number=opened.number,
            state=state,
            purpose=opened.purpose,
            behaviour=opened.policy.behaviour,
            page=page,
            pages=max(entry.page for entry in opened.paper),
            started_at=opened.started_at,
            due_at=opened.due_at,
            accepts_until=opened.accepts_until,
            max_score=opened.max_score,
            questions=tuple(questions),
        )


def _policy_of(row: Any) -> ReviewPolicy:
    return review_of(row.review, settings_of(row))


def shown_during(row: Any) -> frozenset[ReviewItem]:
    """Return what is shown of an open attempt; what came of it is not known yet, so that no condition is met."""
    return _during(_policy_of(row))


def _during(policy: ReviewPolicy) -> frozenset[ReviewItem]:
    return release.on_condition(release.released(policy.by_item(), ReviewMoment.DURING), policy.right_answer_if, ())


def _ended_at(row: Any, at: datetime) -> datetime | None:
    """Return when an attempt was finished, or when its time was up; None while it is open."""
    if row.submitted_at is not None:
        found: datetime = row.submitted_at
        return found
    over = timing.state_at(AttemptState.OPEN, row.accepts_until, at) is AttemptState.OVERDUE
    return (row.due_at or row.accepts_until) if over else None


def _depends(policy: ReviewPolicy, row: Any, at: datetime, about: frozenset[ReviewItem]) -> bool:
    """Return whether the close decides which of some items may be seen of an attempt now."""
    ended = _ended_at(row, at)
    if ended is None:
        return False
    before, after = (
        release.released(policy.by_item(), release.moment_of(finished_at=ended, closed=closed, now=at))
        for closed in (False, True)
    )
    return before & about != after & about


def _is_archived(row: Any) -> bool:
    return row.given_archived_at is not None or row.quiz_state == QuizState.ARCHIVED


def _open_by_itself(row: Any, at: datetime) -> bool:
    """Return whether the assignment of an attempt alone, by its own window, lets somebody start one now or later."""
    if _is_archived(row) or (row.default_marker and row.others and not has_rules(row, "given_")):
        return False
    ends = [end for end in (row.given_due_at, row.given_closes_at) if end is not None]
    return not ends or at < min(ends)


def _takes_attempts(given: Any, *, others: bool) -> bool:
    """Return whether an assignment takes new attempts, of anybody at any time."""
    if given.archived_at is not None or given.quiz_state == QuizState.ARCHIVED:
        return False
    return not (given.default_marker and others) or has_rules(given)


def may_see(seat: Seat, row: Any) -> bool:
    """Return whether a question may be seen from where its taker is: of a finished attempt also what was left behind."""
    return seat.within(row.current_page) if row.submitted_at is None else seat.reached(row.current_page)


def share_of(row: Any) -> Fraction | None:
    """Return the share that an attempt earned, for its grade; None while a person must grade a part of it."""
    if row.needs_grading:
        return None
    return scoring.share_of(row.score, row.max_score)


def _has_passed(row: Any) -> bool:
    policy = AttemptPolicy.read(row.policy)
    share = share_of(row)
    if share is None or row.state != AttemptState.SUBMITTED:
        return False
    return scoring.has_passed(scoring.grade_of(share, policy.scale(row.max_score)), policy.pass_grade) is True
