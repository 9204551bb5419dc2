"""A call of every verb, over rows that are ready for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from quizkit.crud import Anonymous, Quizkit
from quizkit.models import models
from quizkit.questions import Hint, TrueFalse
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
    DrawSlot,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    SaveResponse,
    SectionOutline,
)
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour
from sent_responses import id_of
from taking import pairs

Calls: TypeAlias = dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]]
"""A verb, its arguments and its keywords, by a name for the call."""

ASKED = [TrueFalse(content=f"Question {n}", answer=True) for n in range(3)]


def saved(slot: int = 1, sequence: int = 1) -> SaveResponse:
    return SaveResponse(slot=slot, sequence=sequence, response={"answer": True})


def _unnumbered(data: Any, **more: Any) -> Any:
    """Return a response for which the server takes the numbers."""
    return type(data)(slot=data.slot, response=data.response, **more)


class Ready:
    """Everything that the verbs need: quizzes, a taker with open attempts, categories."""

    def __init__(self, session: Session, name: str, takers: Sequence[str] = ()) -> None:
        own, new = Quizkit(models), str(uuid.uuid4())
        self.taker: Any
        self.others: Any
        self.taker, *self.others = takers or (new, *(f"{new[:30]} {letter}" for letter in "sdp"))
        self.tomorrow = datetime.now(UTC) + timedelta(days=1)
        while own.gradebook.expire_due(
            session, now=self.tomorrow, limit=200
        ).more:  # attempts that other tests have left open
            pass
        self.quiz = own.quizzes.create(session, QuizCreate(title="x", questions=ASKED, time_limit_seconds=60))
        own.quizzes.publish(session, self.quiz.id)
        bank = self.quiz.bank_id
        self.assignment_id = own.assignments.page(session, quiz_id=self.quiz.id).items[0].id
        self.top = own.categories.create(session, CategoryCreate(bank_id=bank, name="x")).id
        self.low = own.categories.create(session, CategoryCreate(bank_id=bank, name="y")).id
        self.question = own.questions.page(session, bank_id=bank).items[0].id
        self.outline = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, fresh=True)])])
        self.drawing = own.quizzes.create(session, QuizCreate(title="x")).id
        own.quizzes.set_outline(session, self.drawing, self.outline)
        own.quizzes.publish(session, self.drawing)
        own.quizzes.update(session, self.drawing, QuizUpdate(title="changed"))
        hinted = pairs().model_copy(update={"hints": (Hint(content="!", clear_wrong=True),)})
        asked = QuizCreate(title="x", questions=[hinted], behaviour=Behaviour.INTERACTIVE)
        self.tried = own.quizzes.create(session, asked).id
        own.quizzes.publish(session, self.tried)
        self.archived = own.quizzes.create(session, QuizCreate(title="x", questions=ASKED[:1])).id
        self.unused = own.questions.page(session, quiz_id=self.archived).items[0].id
        own.questions.archive(session, self.unused)
        own.quizzes.archive(session, self.archived)
        before = own.attempts.start(session, self.quiz.id, taker=self.taker)
        own.attempts.submit(session, before.attempt_id, taker=self.taker)
        self.done = before.attempt_id
        self.attempt_id = own.attempts.start(session, self.quiz.id, taker=self.taker).attempt_id
        # Of a taker who starts nothing else: draws leave out what a taker has seen.
        self.voided, self.recent = (self._submitted(own, session, self.others[-1]) for _ in range(2))
        own.supervision.void(session, self.voided, reason="x")
        paper = own.attempts.start(session, self.tried, taker=self.taker)
        self.anonymous = Anonymous.new()
        unclaimed = own.attempts.start(session, self.tried, taker=self.anonymous).attempt_id
        own.attempts.submit(session, unclaimed, taker=self.anonymous)
        self.trying = paper.attempt_id
        right = hinted.key().matches
        matched = {"matches": {**right, id_of("Rome"): right[id_of("Paris")]}}
        self.wrong = CheckResponse(slot=1, sequence=1, number=1, response=matched)
        self.saved = SaveResponse(slot=1, sequence=1, response=matched)
        if name == "try again":
            own.attempts.check(session, self.trying, self.wrong, taker=self.taker)
        own.attempts.save(session, self.attempt_id, saved(2), taker=self.taker)

    def _submitted(self, own: Quizkit[Any], session: Session, taker: Any) -> uuid.UUID:
        attempt_id = own.attempts.start(session, self.quiz.id, taker=taker).attempt_id
        own.attempts.submit(session, attempt_id, taker=taker)
        return attempt_id

    def broken(self, session: Session) -> list[str]:
        """Return the violated invariants."""
        quizzes = (self.quiz.id, self.drawing, self.tried)
        return [broken for quiz_id in quizzes for broken in broken_invariants(session, quiz_id=quiz_id)]

    def calls(self, own: Quizkit[Any]) -> Calls:
        """Return a call of each verb, of a kit with empty caches."""
        mine = {"taker": self.taker}
        starter, drawer, previewer = self.others
        placed = CategoryCreate(bank_id=self.quiz.bank_id, name="z", parent_id=self.top)
        return {
            "start": (own.attempts.start, (self.quiz.id,), {"taker": starter}),
            "start a draw": (own.attempts.start, (self.drawing,), {"taker": drawer}),
            "save": (own.attempts.save, (self.attempt_id, saved()), mine),
            "save a try": (own.attempts.save, (self.trying, self.saved), mine),
            "save an edit": (own.attempts.save, (self.attempt_id, _unnumbered(saved(), based_on=0)), mine),
            "save the next": (own.attempts.save, (self.attempt_id, _unnumbered(saved())), mine),
            "check": (own.attempts.check, (self.trying, self.wrong), mine),
            "check the next": (own.attempts.check, (self.trying, _unnumbered(self.wrong)), mine),
            "try again": (own.attempts.try_again, (self.trying,), {**mine, "slot": 1}),
            "flag": (own.attempts.flag, (self.attempt_id,), {**mine, "slot": 1}),
            "visit": (own.attempts.visit, (self.attempt_id,), {**mine, "slot": 1}),
            "submit": (own.attempts.submit, (self.trying,), mine),
            "submit again": (own.attempts.submit, (self.attempt_id,), mine),
            "claim": (own.attempts.claim, (), {"taker": starter, "anonymous": self.anonymous}),
            "create": (own.quizzes.create, (QuizCreate(title="x", questions=ASKED),), {}),
            "update": (own.quizzes.update, (self.quiz.id, QuizUpdate(title="y")), {}),
            "set_outline": (own.quizzes.set_outline, (self.quiz.id, self.outline), {}),
            "publish": (own.quizzes.publish, (self.drawing,), {}),
            "remove": (own.quizzes.remove, (self.quiz.id,), {"question_id": self.question}),
            "restore": (own.quizzes.restore, (self.archived,), {}),
            "restore a question": (own.questions.restore, (self.unused,), {}),
            "add": (own.questions.add, (ASKED,), {"quiz_id": self.quiz.id, "category_id": self.top}),
            "revise": (own.questions.revise, (self.question, ASKED[1]), {}),
            "move": (own.questions.move, ([self.question],), {"category_id": self.top}),
            "rename a bank": (own.banks.update, (self.quiz.bank_id, BankUpdate(name="Deep")), {}),
            "archive a bank": (own.banks.archive, (self.quiz.bank_id,), {}),
            "categorise": (own.categories.create, (placed,), {}),
            "move a category": (own.categories.update, (self.low, CategoryUpdate(parent_id=self.top)), {}),
            "assign": (own.assignments.create, (AssignmentCreate(quiz_id=self.quiz.id),), {}),
            "reassign": (own.assignments.update, (self.assignment_id, AssignmentUpdate(context="7b")), {}),
            "override": (own.assignments.override, (self.assignment_id, AccessSettings(max_attempts=3)), mine),
            "accommodate": (own.assignments.accommodate, (AccommodationSettings(extra_seconds=1),), mine),
            "extend": (own.assignments.extend, (self.assignment_id,), {"seconds": 60}),
            "expire": (own.gradebook.expire_due, (), {"now": self.tomorrow}),
            "rebuild": (own.gradebook.rebuild, (), {"assignment_id": self.assignment_id}),
            "finish": (own.supervision.finish, (self.attempt_id,), {"reason": "x"}),
            "finish all": (own.supervision.finish_all, (), {"assignment_id": self.assignment_id, "reason": "x"}),
            "reopen": (own.supervision.reopen, (self.recent,), {"due_at": self.tomorrow, "reason": "x"}),
            "void": (own.supervision.void, (self.done,), {"reason": "x"}),
            "unvoid": (own.supervision.unvoid, (self.voided,), {"reason": "x"}),
            "set a lateness": (own.supervision.set_lateness, (self.done,), {"seconds": 60, "reason": "x"}),
            "preview": (own.previews.start, (self.quiz.id,), {"actor": previewer}),
            "make a bank": (own.banks.create, (BankCreate(name="Bank"),), {}),
            "archive": (own.quizzes.archive, (self.quiz.id,), {}),
            "archive a question": (own.questions.archive, (self.question,), {}),
            "archive a category": (own.categories.archive, (self.low,), {}),
            "archive an assignment": (own.assignments.archive, (self.assignment_id,), {}),
        }

    def reads(self, own: Quizkit[Any]) -> Calls:
        """Return a call of each verb that only reads, of a kit with empty caches."""
        mine = {"taker": self.taker}
        return {
            "quizzes.get": (own.quizzes.get, (self.quiz.id,), {}),
            "quizzes.page": (own.quizzes.page, (), {"after": self.quiz.id}),
            "quizzes.outline": (own.quizzes.outline, (self.drawing,), {}),
            "quizzes.lint": (own.quizzes.lint, (self.drawing,), {}),
            "questions.get": (own.questions.get, (self.question,), {}),
            "questions.page": (own.questions.page, (), {"bank_id": self.quiz.bank_id}),
            "banks.get": (own.banks.get, (self.quiz.bank_id,), {}),
            "banks.page": (own.banks.page, (), {"after": self.quiz.bank_id}),
            "categories.get": (own.categories.get, (self.low,), {}),
            "categories.page": (own.categories.page, (), {"bank_id": self.quiz.bank_id}),
            "assignments.get": (own.assignments.get, (self.assignment_id,), {}),
            "assignments.page": (own.assignments.page, (), {"quiz_id": self.quiz.id}),
            "assignments.events": (own.assignments.events, (), {"assignment_id": self.assignment_id}),
            "attempts.get": (own.attempts.get, (self.attempt_id,), mine),
            "attempts.page": (own.attempts.page, (), mine),
            "attempts.paper": (own.attempts.paper, (self.attempt_id,), mine),
            "attempts.paper_json": (own.attempts.paper_json, (self.attempt_id,), mine),
            "attempts.review": (own.attempts.review, (self.done,), mine),
            "attempts.grade": (own.attempts.grade, (self.quiz.id,), mine),
            "attempts.explain_access": (
                own.attempts.explain_access,
                (self.drawing,),
                {**mine, "now": self.tomorrow},
            ),
            "supervision.page": (own.supervision.page, (), {"assignment_id": self.assignment_id}),
            "supervision.events": (own.supervision.events, (), {"assignment_id": self.assignment_id}),
            "supervision.get": (own.supervision.get, (self.attempt_id,), {}),
            "supervision.review": (own.supervision.review, (self.attempt_id,), {}),
            "gradebook.grades": (own.gradebook.grades, (), {"assignment_id": self.assignment_id}),
            "gradebook.leaderboard": (own.gradebook.leaderboard, (), {"assignment_id": self.assignment_id}),
            "gradebook.place": (own.gradebook.place, (), {"assignment_id": self.assignment_id, **mine}),
            "gradebook.standings": (own.gradebook.standings, ([self.assignment_id],), {}),
            "gradebook.means": (
                own.gradebook.means,
                (),
                {"assignment_id": self.assignment_id, "groups": {"all": []}},
            ),
            "gradebook.roster": (
                own.gradebook.roster,
                (),
                {"assignment_id": self.assignment_id, "takers": [self.taker]},
            ),
        }
