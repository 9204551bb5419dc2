"""A state machine over the verbs: authors, takers, workers and a clock act in any order; a dictionary is the model.

After every step `broken_invariants` checks the tables, and the results of the verbs are compared with the dictionary.
The model repeats only the rules: the arithmetic of three tries, a clock, and the attempts of each taker.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from conftest import LONG, Caller
from quizkit.crud import Quizkit, single_statement
from quizkit.crud import VerbGroup as VerbGroupOfKit
from quizkit.errors import QuizkitError
from quizkit.models import models
from quizkit.questions import Hint, TrueFalse
from quizkit.schemas import AccessSettings, CheckResponse, QuizCreate, QuizUpdate, SaveResponse
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour, Certainty, GradingMethod, SaveStatus, TimeUp
from taking import NOON

SIZE = 3
BEST = 2
LIMIT, GRACE, LATE = 600, 30, 300
TAKERS = ("ann", "ben")
THIRD = Fraction(1, 3)


class _Revisions(VerbGroupOfKit[Any]):
    @single_statement
    def all(self, session: Session, *, bank_id: uuid.UUID) -> dict[Any, tuple[Any, ...]]:
        """Return every revision of a bank's questions."""
        m = self.models
        table, question = m.table(m.question_revision), m.table(m.question)
        found = select(*table.c).join(question, question.c.id == table.c.question_id)
        return {row.id: tuple(row) for row in session.execute(found.where(question.c.bank_id == bank_id))}


revisions = _Revisions(models).all


class Taking(RuleBasedStateMachine):
    """A quiz of three statements, each with a hint; two takers; one assignment."""

    call: Caller

    def __init__(self) -> None:
        super().__init__()
        self.kit = Quizkit(models)
        self.now = NOON
        self.frozen: dict[Any, tuple[Any, ...]] = {}
        self.attempts: list[dict[str, Any]] = []
        self.keys = [True] * SIZE
        self.published = [True] * SIZE

    # ------------------------------------------------------------------ the author

    @initialize(
        behaviour=st.sampled_from(
            [Behaviour.DEFERRED, Behaviour.IMMEDIATE, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE, Behaviour.DEFERRED_CBM]
        ),
        time_up=st.sampled_from(TimeUp),
        method=st.sampled_from(GradingMethod),
        allowed=st.none() | st.integers(1, 3),
    )
    def make(self, behaviour: Behaviour, time_up: TimeUp, method: GradingMethod, allowed: int | None) -> None:
        asked = [TrueFalse(content=f"{n}", answer=True, hints=[Hint(content="!")]) for n in range(SIZE)]
        data = QuizCreate(
            title="x", questions=asked, behaviour=behaviour, time_up=time_up, grading_method=method, max_attempts=allowed,
            time_limit_seconds=LIMIT, grace_seconds=GRACE, late_seconds=LATE, late_penalty="1/2", max_grade=12,
            best_attempts=BEST,
        )  # fmt: skip
        self.behaviour, self.time_up, self.method = behaviour, time_up, method
        self.allowed: dict[str, int | None] = dict.fromkeys(TAKERS, allowed)
        quiz = self.call(self.kit.quizzes.create, data, now=self.now)
        self.quiz, self.bank = quiz.id, quiz.bank_id
        self.call(self.kit.quizzes.publish, self.quiz, now=self.now)
        self.assignment_id = self.call(self.kit.assignments.page, quiz_id=self.quiz).items[0].id
        self.questions = [item.id for item in self.call(self.kit.questions.page, bank_id=self.bank).items]
        self.names = {taker: f"{taker} {uuid.uuid4()}" for taker in TAKERS}
        self._freeze()

    def _freeze(self) -> None:
        self.frozen |= self.call(revisions, bank_id=self.bank)

    @rule(which=st.integers(0, SIZE - 1), answer=st.booleans())
    def edit(self, which: int, answer: bool) -> None:
        question = TrueFalse(content=f"{which}", answer=answer, hints=[Hint(content="!")])
        self.call(self.kit.questions.revise, self.questions[which], question, now=self.now)
        self.keys[which] = answer
        self._freeze()

    @rule(title=st.sampled_from(["y", "z"]))
    def publish(self, title: str) -> None:
        self.call(self.kit.quizzes.update, self.quiz, QuizUpdate(title=title), now=self.now)
        self.call(self.kit.quizzes.publish, self.quiz, now=self.now)
        self.published = list(self.keys)

    @rule(taker=st.sampled_from(TAKERS), more=st.none() | st.integers(1, 4))
    def override(self, taker: str, more: int | None) -> None:
        settings = AccessSettings(max_attempts=more)
        self.call(self.kit.assignments.override, self.assignment_id, settings, taker=self.names[taker], now=self.now)
        self.allowed[taker] = more

    @rule(seconds=st.sampled_from([1, 60, 900]))
    def extend(self, seconds: int) -> None:
        done = self.call(self.kit.assignments.extend, self.assignment_id, seconds=seconds, now=self.now)
        still = [one for one in self.attempts if one["state"] == "open"]
        assert done.attempts == len(still)
        for one in still:
            one["due"] += timedelta(seconds=seconds)

    # ------------------------------------------------------------------ the clock

    @rule(seconds=st.sampled_from([1, 29, 31, 300, 601, -45]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def _until(self, one: dict[str, Any]) -> datetime:
        late = LATE if self.time_up is TimeUp.ACCEPT_LATE else 0
        until: datetime = one["due"] + timedelta(seconds=late + GRACE)
        return until

    def _on_time(self, one: dict[str, Any]) -> datetime:
        on_time: datetime = one["due"] + timedelta(seconds=GRACE)
        return on_time

    # ------------------------------------------------------------------ the takers

    def _of(self, taker: str) -> list[dict[str, Any]]:
        return [one for one in self.attempts if one["taker"] == taker]

    def _finish(self, one: dict[str, Any]) -> None:
        """Finish an attempt of the model."""
        until = self._until(one)
        if self.now > until:
            some_late = any(at > self._on_time(one) for _, _, at in one["answers"].values())
            one["finished"] = until if some_late else one["due"]
            one["state"] = "abandoned" if self.time_up is TimeUp.ABANDON else "submitted"
        else:
            one["finished"] = max(one["started"], self.now)
            one["state"] = "submitted"
        one["late"] = False
        one["points"] = [self._counted(one, slot) for slot in range(SIZE)]

    def _counted(self, one: dict[str, Any], slot: int) -> Decimal:
        """Return the points of a slot: of the response in time, or half of the late one if that is more."""
        last, kept = self._points(one, slot), one["kept"].get(slot)
        came_late = slot in one["answers"] and one["answers"][slot][2] > self._on_time(one)
        if came_late:
            last = last / 2 if last > 0 else last
        if not came_late and kept is None:
            return _rounded(last)
        floor = kept or Fraction(0)
        one["late"] = one["late"] or (came_late and _rounded(last) > _rounded(floor))
        return _rounded(max(last, floor))

    def _store(self, one: dict[str, Any], slot: int, sequence: int, answer: bool | None) -> None:
        """Store a response: a late one does not reduce one in time, and repeating that one is not late."""
        now, on_time, old = max(self.now, one["started"]), self._on_time(one), one["answers"].get(slot)
        in_time = old is not None and old[2] <= on_time
        if now <= on_time:
            one["kept"].pop(slot, None)
        elif in_time:
            worth = self._points(one, slot)
            one["kept"][slot] = max(worth, one["kept"].get(slot, worth))
        again = now > on_time and in_time and old[1] == answer
        one["answers"][slot] = (sequence, answer, old[2] if again else now)

    def _points(self, one: dict[str, Any], slot: int) -> Fraction:
        """Return the points of a slot: the arithmetic of each behaviour, for right and wrong only."""
        tries, answer = one["tries"].get(slot, []), one["answers"].get(slot)
        if answer is None or answer[1] is None:
            best = Fraction(0)
            for number, response in enumerate(tries):
                best = max(best, Fraction(response == one["keys"][slot]) - number * THIRD)
            return best if self.behaviour is Behaviour.ADAPTIVE else Fraction(0)
        right = Fraction(answer[1] == one["keys"][slot])
        if self.behaviour is Behaviour.DEFERRED_CBM:
            return 3 * right if right else Fraction(-6)
        if self.behaviour is Behaviour.INTERACTIVE:
            # A check that ended the question costs the tries before it; a final response costs all of them.
            over = bool(tries) and (tries[-1] == one["keys"][slot] or len(tries) == 2)
            used = len(tries) - 1 if over else len(tries)
            return max(Fraction(0), right - used * THIRD)
        if self.behaviour is Behaviour.ADAPTIVE:
            marks = [Fraction(response == one["keys"][slot]) - number * THIRD for number, response in enumerate(tries)]
            if not tries or tries[-1] != answer[1]:
                marks.append(right - len(tries) * THIRD)
            return max([Fraction(0), *marks])
        return right

    def _score(self, one: dict[str, Any]) -> Decimal:
        return sum(one["points"], Decimal(0))

    @rule(taker=st.sampled_from(TAKERS), twice=st.booleans())
    def start(self, taker: str, twice: bool) -> None:
        mine = self._of(taker)
        going_on = mine[-1] if mine and mine[-1]["state"] == "open" else None
        overdue = None
        if going_on is not None and self.now > self._until(going_on):
            overdue, going_on = going_on, None
        allowed = self.allowed[taker]
        for _ in range(1 + twice):
            done = self._say(self.kit.attempts.start, self.quiz, taker=self.names[taker], now=self.now)
            if going_on is None and allowed is not None and len(mine) >= allowed:
                assert done == "no_attempts_left"
                continue  # a refusal stores nothing: the overdue attempt is unchanged
            if overdue is not None:
                self._finish(overdue)
                overdue = None
            if going_on is None:
                going_on = {
                    "taker": taker, "id": done.attempt_id, "number": len(mine) + 1, "started": self.now, "state": "open",
                    "due": self.now + timedelta(seconds=LIMIT), "keys": list(self.published), "answers": {}, "tries": {},
                    "kept": {},
                }  # fmt: skip
                self.attempts.append(going_on)
            assert (done.attempt_id, done.number, done.due_at) == (going_on["id"], going_on["number"], going_on["due"])

    def _say(self, verb: Any, *what: Any, **more: Any) -> Any:
        """Call a verb; return the code of its refusal."""
        try:
            return self.call(verb, *what, **more)
        except QuizkitError as refused:
            return refused.code

    def _closed(self, one: dict[str, Any]) -> str | None:
        if one["state"] != "open":
            return "attempt_submitted"
        return "attempt_overdue" if self.now > self._until(one) else None

    def _over(self, one: dict[str, Any], slot: int) -> str | None:
        """Return why a question accepts no more responses."""
        tries = one["tries"].get(slot, [])
        if not tries or self.behaviour is Behaviour.ADAPTIVE:
            return None
        if self.behaviour is Behaviour.IMMEDIATE or tries[-1] == one["keys"][slot] or len(tries) == 2:
            return "question_finished"
        return "try_again_first" if slot in one.setdefault("hints", set()) else None

    @precondition(lambda self: self.attempts)
    @rule(
        data=st.data(),
        slot=st.integers(0, SIZE - 1),
        answer=st.sampled_from([True, False, None]),
        ahead=st.integers(0, 2),
    )
    def save(self, data: st.DataObject, slot: int, answer: bool | None, ahead: int) -> None:
        one = data.draw(st.sampled_from(self.attempts))
        stored = one["answers"].get(slot)
        sequence = (stored[0] if stored else 0) + ahead
        if sequence < 1:
            return
        response = {} if answer is None else {"answer": answer}
        what = SaveResponse(slot=slot + 1, sequence=sequence, response=response, certainty=Certainty.HIGH)
        done = self._say(self.kit.attempts.save, one["id"], what, taker=self.names[one["taker"]], now=self.now)
        last = one["tries"].get(f"sequence {slot}", 0)
        refused = self._closed(one) or (self._over(one, slot) if sequence > last else None)
        if refused:
            assert done == refused
            return
        if stored is None or sequence > stored[0]:
            self._store(one, slot, sequence, answer)
            stored = one["answers"][slot]
        same = (sequence, answer) == stored[:2]
        assert done.status is (SaveStatus.STORED if same else SaveStatus.STALE)
        assert (done.sequence, done.response.answer) == stored[:2]

    @precondition(lambda self: self.attempts and self.behaviour not in {Behaviour.DEFERRED, Behaviour.DEFERRED_CBM})
    @rule(
        data=st.data(),
        slot=st.integers(0, SIZE - 1),
        answer=st.booleans(),
        twice=st.booleans(),
        ahead=st.sampled_from([1, 1, 1, 0, -1]),
    )
    def check(self, data: st.DataObject, slot: int, answer: bool, twice: bool, ahead: int) -> None:
        one = data.draw(st.sampled_from(self.attempts))
        tries, stored = one["tries"].get(slot, []), one["answers"].get(slot, (0, None))
        sequence = stored[0] + ahead
        if sequence < 1:
            return
        what = CheckResponse(slot=slot + 1, sequence=sequence, number=len(tries) + 1, response={"answer": answer})
        stale = ahead < 0 or (ahead == 0 and answer != stored[1])
        refused = self._closed(one) or self._over(one, slot) or ("response_stale" if stale else None)
        same = self.behaviour is Behaviour.ADAPTIVE and bool(tries) and tries[-1] == answer
        for again in range(1 + (twice and not same)):
            done = self._say(self.kit.attempts.check, one["id"], what, taker=self.names[one["taker"]], now=self.now)
            if refused:
                assert done == refused
                continue
            if not again:
                if ahead:
                    self._store(one, slot, sequence, answer)
                if not same:
                    one["tries"].setdefault(slot, []).append(answer)
                    one["tries"][f"sequence {slot}"] = sequence
                    one.setdefault("hints", set()).add(slot)
            assert done.counted is not same
            assert len(done.question.tries) == len(one["tries"][slot])
            assert done.question.right_response is None

    @precondition(lambda self: self.attempts and self.behaviour is Behaviour.INTERACTIVE)
    @rule(data=st.data(), slot=st.integers(0, SIZE - 1))
    def try_again(self, data: st.DataObject, slot: int) -> None:
        one = data.draw(st.sampled_from(self.attempts))
        done = self._say(
            self.kit.attempts.try_again, one["id"], slot=slot + 1, taker=self.names[one["taker"]], now=self.now
        )
        refused = self._closed(one)
        if refused:
            assert done == refused
            return
        one.setdefault("hints", set()).discard(slot)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), twice=st.booleans())
    def submit(self, data: st.DataObject, twice: bool) -> None:
        one = data.draw(st.sampled_from(self.attempts))
        for _ in range(1 + twice):
            outcome = self._say(self.kit.attempts.submit, one["id"], taker=self.names[one["taker"]], now=self.now)
            if one["state"] == "open":
                self._finish(one)
            assert (outcome.state, outcome.score, outcome.late) == (one["state"], self._score(one), one["late"])
            assert outcome.submitted_at == one["finished"]
            assert [question.points for question in outcome.questions] == one["points"]

    @rule()
    def expire(self) -> None:
        while self.call(self.kit.gradebook.expire_due, now=self.now, limit=200).more:
            pass
        for one in self.attempts:
            if one["state"] == "open" and self.now > self._until(one):
                self._finish(one)

    # ------------------------------------------------------------------ reading

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.attempts))
        named = {"taker": self.names[one["taker"]], "now": self.now}
        paper = self.call(self.kit.attempts.paper, one["id"], **named)
        assert [question.sequence for question in paper.questions] == [
            one["answers"].get(slot, (0,))[0] for slot in range(SIZE)
        ]
        returned = self.call(self.kit.attempts.get, one["id"], **named)
        over = one["state"] == "open" and self.now > self._until(one)
        assert returned.state == ("overdue" if over else one["state"])
        assert returned.due_at == one["due"]
        review = self.call(self.kit.attempts.review, one["id"], **named)
        if one["state"] == "open":
            assert {question.right_response for question in review.questions if not question.tries} <= {None}

    @rule(taker=st.sampled_from(TAKERS))
    def grade(self, taker: str) -> None:
        counted = [one for one in self._of(taker) if one["state"] == "submitted"]
        shares = [max(Fraction(0), Fraction(round(self._score(one), 5)) / SIZE) for one in counted]
        found = self.call(self.kit.attempts.grade, self.quiz, taker=self.names[taker], now=self.now)
        if not shares:
            assert found is None
            return
        best = sorted(shares)[-BEST:]
        share = {
            GradingMethod.HIGHEST: max(shares),
            GradingMethod.AVERAGE: sum(shares, Fraction(0)) / len(shares),
            GradingMethod.FIRST: shares[0],
            GradingMethod.LAST: shares[-1],
            GradingMethod.LOWEST: min(shares),
            GradingMethod.BEST: sum(best, Fraction(0)) / len(best),
        }[self.method]
        assert abs(Fraction(found.grade) - share * 12) <= Fraction(1, 200_000)
        assert found.attempts == len(counted)

    @rule()
    def rebuild(self) -> None:
        assert self.call(self.kit.gradebook.rebuild, assignment_id=self.assignment_id, now=self.now).changed == 0

    # ------------------------------------------------------------------ invariants

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "quiz"):
            assert self.call(broken_invariants, quiz_id=self.quiz) == []

    @invariant()
    def what_was_published_never_changes(self) -> None:
        if self.frozen:
            now = self.call(revisions, bank_id=self.bank)
            assert {key: now[key] for key in self.frozen} == self.frozen


def _rounded(fraction: Fraction) -> Decimal:
    """Return a fraction of one point to 7 places, computed independently of quizkit."""
    scaled = fraction * 10**7
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    up = 2 * rest > scaled.denominator or (2 * rest == scaled.denominator and whole % 2 == 1)
    return Decimal(whole + up).scaleb(-7)


@pytest.mark.no_cover
def test_the_invariants_hold_after_any_sequence_of_calls(call: Caller) -> None:
    # The rules are the same everywhere; a few examples cover the differences of databases and sessions.
    cheap = call.database.kind == "sqlite" and not call.is_async
    machine = type("Machine", (Taking,), {"call": call})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=400 if LONG else 12 if cheap else 4,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
