"""No key and no mark is released while any taker may respond; `explain_access` for every taker is the reference."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from quizkit.crud import kit
from quizkit.errors import QuizkitError
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    QuizCreate,
    ReviewPolicy,
)
from quizkit.vocabulary import AttemptState, ReviewItem, ReviewMoment, TimeUp
from taking import MINUTE, NOON, answer, river

NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
LAST: dict[str, Any] = dict.fromkeys(NONE, (ReviewMoment.AFTER_CLOSE,))

MINUTES = st.integers(0, 12).map(lambda tens: NOON + 10 * tens * MINUTE)
MAYBE = st.none() | MINUTES
LIMITS: dict[str, Any] = {
    "max_attempts": st.none() | st.sampled_from([1, 2]),
    "time_limit_seconds": st.none() | st.sampled_from([300, 1200]),
    "grace_seconds": st.sampled_from([0, 120]),
    "time_up": st.sampled_from(TimeUp),
    "late_seconds": st.none() | st.sampled_from([0, 900]),
}
PLUS: dict[str, Any] = {
    "opens_plus_seconds": st.sampled_from([-600, 600]),
    "due_plus_seconds": st.sampled_from([-600, 600, 1800]),
    "closes_plus_seconds": st.sampled_from([-600, 600, 1800]),
    "time_limit_plus_seconds": st.just(600),
    "plus_attempts": st.just(1),
}
ENDS = {"due_at": MAYBE, "closes_at": MAYBE}


@st.composite
def windows(draw: Any) -> dict[str, datetime | None]:
    """Some of opens_at, due_at and closes_at, in this order."""
    opens, due, closes = sorted(draw(st.tuples(MINUTES, MINUTES, MINUTES)))
    found: dict[str, datetime | None] = {"opens_at": opens - MINUTE, "due_at": due, "closes_at": closes}
    kept = draw(st.sets(st.sampled_from(sorted(found))))
    return {name: moment for name, moment in found.items() if name in kept}


GIVEN = st.fixed_dictionaries(
    {
        "window": windows(),
        "settings": st.fixed_dictionaries({}, optional=LIMITS),
        "archived": st.sampled_from([False, False, True]),
    }
)
WHOM = st.sampled_from([{"taker": "ann"}, {"taker": "ben"}, {"group": "a"}, {"group": "b"}])
OVERRIDES = st.lists(
    st.tuples(
        st.integers(0, 2), WHOM, st.fixed_dictionaries({}, optional={**LIMITS, **ENDS, **PLUS, "opens_at": MAYBE})
    ),
    max_size=4,
)
PERSONS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "ben", "dee"]),
        st.none() | st.tuples(st.sampled_from([Fraction(1), Fraction(5, 4), Fraction(2)]), st.sampled_from([0, 600])),
    ),
    max_size=3,
)
STARTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["ann", "ben", "cem"]), MINUTES, st.none() | st.integers(0, 4)),
    max_size=3,
)
WORLDS = st.fixed_dictionaries(
    {
        "quiz": st.fixed_dictionaries({}, optional=LIMITS),
        "default": st.just({}) | windows(),
        "given": st.lists(GIVEN, max_size=2),
        "overrides": OVERRIDES,
        "persons": PERSONS,
        "starts": STARTS,
        "home": st.integers(0, 2),
        "more": st.none() | st.integers(0, 2),
        "asked": MINUTES,
        "groups": st.sets(st.sampled_from(["a", "b"])),
    }
)


class World:
    """A quiz with assignments and overrides, and one finished attempt of Ann."""

    def __init__(self, session: Session, drawn: dict[str, Any]) -> None:
        self.session, self.drawn = session, drawn
        review = ReviewPolicy(**{**LAST, "question": frozenset(ReviewMoment)})
        quiz = kit.quizzes.create(
            session, QuizCreate(title="x", questions=[river()], review=review, **drawn["quiz"]), now=NOON
        )
        kit.quizzes.publish(session, quiz.id, now=NOON)
        self.quiz_id = quiz.id
        self.assignment_ids = [kit.assignments.page(session, quiz_id=quiz.id).items[0].id]
        if drawn["default"]:
            kit.assignments.update(session, self.assignment_ids[0], AssignmentUpdate(**drawn["default"]), now=NOON)
        self.attempt = uuid.UUID(int=0)
        self._give()

    def _give(self) -> None:
        session, drawn = self.session, self.drawn
        for one in drawn["given"]:
            data = AssignmentCreate(
                quiz_id=self.quiz_id, settings=AssignmentSettings(**one["settings"]), **one["window"]
            )
            self.assignment_ids.append(kit.assignments.create(session, data, now=NOON).id)
        for number, whom, override in drawn["overrides"]:
            try:
                kit.assignments.override(session, self._home(number), AccessSettings(**override), now=NOON, **whom)
            except (QuizkitError, ValidationError):
                continue  # authors cannot store that
        for taker, more in drawn["persons"]:
            settings = AccommodationSettings()
            if more is not None:
                settings = AccommodationSettings(time_factor=more[0], extra_seconds=more[1])
            kit.assignments.accommodate(session, settings, taker=taker, now=NOON)

    def start_attempt(self) -> bool:
        """Start an attempt for every taker; return whether Ann has finished one."""
        moments = [NOON + 10 * minute * MINUTE for minute in range(13)]
        for at in moments:
            report = self._explain("ann", at, self._home(self.drawn["home"]), self.drawn["groups"])
            if report.may_start:
                self.attempt = self._take(self.drawn["home"], "ann", at, 0) or self.attempt
                break
        for number, taker, at, minutes in self.drawn["starts"]:
            self._take(number, taker, at, minutes)
        if self.drawn["more"] is not None:
            with suppress(QuizkitError):
                kit.assignments.extend(self.session, self._home(self.drawn["more"]), seconds=900, now=NOON)
        for assignment_id, one in zip(self.assignment_ids[1:], self.drawn["given"], strict=True):
            if one["archived"]:
                kit.assignments.archive(self.session, assignment_id, now=NOON)
        return self.attempt.int != 0

    def _take(self, number: int, taker: str, at: datetime, minutes: int | None) -> uuid.UUID | None:
        try:
            paper = kit.attempts.start(
                self.session,
                self.quiz_id,
                taker=taker,
                assignment_id=self._home(number),
                groups=self.drawn["groups"],
                now=at,
            )
            if minutes is not None:
                last = [answer(1, 1, text="Danube")] if minutes == 0 else []
                kit.attempts.submit(
                    self.session, paper.attempt_id, taker=taker, responses=last, now=at + minutes * MINUTE
                )
        except QuizkitError:
            return None
        return paper.attempt_id

    def _home(self, number: int) -> uuid.UUID:
        return self.assignment_ids[number % len(self.assignment_ids)]

    def _explain(self, taker: str, at: datetime, assignment_id: uuid.UUID | None, groups: Any) -> Any:
        return kit.attempts.explain_access(
            self.session, self.quiz_id, taker=taker, assignment_id=assignment_id, groups=sorted(groups), now=at
        )

    def somebody_may(self, at: datetime) -> bool:
        """Return whether any taker may still respond at a time or later, by asking for every taker."""
        later = [at, *(NOON + 10 * minute * MINUTE for minute in range(0, 20, 3)), NOON + 9999 * MINUTE]
        return any(
            self._explain(taker, moment, assignment_id, groups).may_start
            for moment in later
            if moment >= at
            for assignment_id in (None, *self.assignment_ids)
            for taker in ("ann", "ben", "dee", "who comes late")
            for groups in ((), ("a", "b"), self.drawn["groups"])
        )

    def shown(self, at: datetime) -> set[str]:
        """Return the verbs that show a key or a mark of Ann's attempt."""
        mine: dict[str, Any] = {"taker": "ann", "now": at}
        outcome = kit.attempts.result(self.session, self.attempt, **mine)
        review = kit.attempts.review(self.session, self.attempt, **mine)
        (listed,) = (
            one for one in kit.attempts.page(self.session, **mine, quiz_id=self.quiz_id).items if one.id == self.attempt
        )
        assignment_id = self._home(self.drawn["home"])
        grade = kit.attempts.grade(self.session, self.quiz_id, assignment_id=assignment_id, **mine)
        ways = {
            "result": (outcome.score, outcome.grade, outcome.feedback),
            "result of questions": [
                (one.right_response, one.points, one.state, one.response) for one in outcome.questions
            ],
            "review": [(one.right_response, one.points, one.state, one.response) for one in review.questions],
            "get": (kit.attempts.get(self.session, self.attempt, **mine).score,),
            "page": (listed.score,),
            "grade": (grade.grade, grade.passed) if grade is not None else (),
            "paper": [(one.response,) for one in kit.attempts.paper(self.session, self.attempt, **mine).questions],
        }
        return {way for way, found in ways.items() if any(one is not None for one in _flat(found))}


def _flat(found: Any) -> Iterator[Any]:
    for one in found:
        yield from one if isinstance(one, tuple) else (one,)


def nothing_is_out_too_early(session: Session, drawn: dict[str, Any]) -> None:
    world = World(session, drawn)
    assume(world.start_attempt())
    attempt = kit.attempts.get(session, world.attempt, taker="ann", now=NOON)
    assume(attempt.state is AttemptState.SUBMITTED)
    at = max(drawn["asked"], attempt.submitted_at or NOON)
    shown = world.shown(at)
    may = world.somebody_may(at)

    event(f"somebody may: {may}, shown: {bool(shown)}")
    if may:
        assert shown == set()
    elif not drawn["overrides"] and not drawn["persons"]:
        assert shown >= {"result", "result of questions", "review", "get", "page", "paper"}


@pytest.mark.no_cover
@settings(max_examples=100, deadline=None)
@given(drawn=WORLDS)
def test_no_key_and_no_mark_is_released_while_a_taker_may_still_respond(
    in_memory: Engine, drawn: dict[str, Any]
) -> None:
    with Session(in_memory) as session:
        try:
            nothing_is_out_too_early(session, drawn)
        finally:
            session.rollback()


@pytest.mark.no_cover
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=WORLDS)
def test_no_key_and_no_mark_is_released_early_on_the_servers(engine: Engine, drawn: dict[str, Any]) -> None:
    with Session(engine) as session:
        try:
            nothing_is_out_too_early(session, drawn)
        finally:
            session.rollback()
