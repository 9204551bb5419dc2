"""Anonymous takers: a secret token stands for a taker, whose attempts a user can claim."""

from __future__ import annotations

import hashlib
import pickle
import secrets
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import Anonymous, assignments, attempts, gradebook, quizzes
from quizkit.errors import Invalid, NotFound, Refused, UsageError
from quizkit.models import Attempt, QuizGrade
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    DrawSlot,
    ReviewPolicy,
    SectionOutline,
)
from quizkit.vocabulary import AttemptState, Behaviour, ReviewCondition, ReviewMoment
from taking import HOUR, MINUTE, NOON, answer, arranged, bank_of, check, published, river, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")


SALT = [b""]


@pytest.fixture(autouse=True)
def _new_takers() -> None:
    """Tests share databases: each has tokens and users of its own."""
    SALT[0] = secrets.token_bytes(16)


def fox(number: int = 1) -> Anonymous:
    """An anonymous taker with a token of its own."""
    return Anonymous(SALT[0] + bytes([number]) * 16, f"Red Fox {number}")


def user(name: str = "ann") -> str:
    return f"{name} {SALT[0].hex()}"


def take(call: Caller, quiz_id: Any, taker: Any, *right: int, **more: Any) -> Any:
    paper = start_attempt(call, quiz_id, taker, **more)
    for slot in right:
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker=taker, now=NOON)
    return call(attempts.submit, paper.attempt_id, taker=taker, now=NOON)


def code_of(error: Any) -> str:
    return str(error.value.code)


# ---------------------------------------------------------------------------------------------- taking a quiz


def test_every_verb_for_takers_accepts_an_anonymous_taker(call: Caller) -> None:
    quiz_id = published(call, river(), yes(2), behaviour=Behaviour.INTERACTIVE)
    taker = fox()
    assert call(attempts.explain_access, quiz_id, taker=taker, now=NOON).may_start
    paper = start_attempt(call, quiz_id, taker)
    mine: dict[str, Any] = {"taker": taker, "now": NOON}

    assert call(attempts.paper, paper.attempt_id, **mine) == paper
    assert b"The river of Vienna?" in call(attempts.paper_json, paper.attempt_id, **mine)
    assert call(attempts.flag, paper.attempt_id, slot=1, **mine).slots == (1,)
    assert call(attempts.check, paper.attempt_id, check(1, 1, text="Rhine"), **mine).counted
    call(attempts.try_again, paper.attempt_id, slot=1, **mine)
    call(attempts.save, paper.attempt_id, answer(2, answer=True), **mine)
    call(attempts.visit, paper.attempt_id, slot=2, **mine)
    assert call(attempts.review, paper.attempt_id, **mine).state is AttemptState.OPEN
    outcome = call(attempts.submit, paper.attempt_id, **mine)
    assert call(attempts.result, paper.attempt_id, **mine) == outcome
    assert str(call(attempts.grade, quiz_id, **mine).grade) == "1"
    found = call(attempts.get, paper.attempt_id, **mine)
    assert (found.taker_id, found.pseudonym) == (None, "Red Fox 1")
    assert [one.id for one in call(attempts.page, **mine).items] == [found.id]


def test_only_the_token_opens_the_attempts_of_an_anonymous_taker(call: Caller) -> None:
    quiz_id = published(call)
    paper = start_attempt(call, quiz_id, fox(1))

    assert start_attempt(call, quiz_id, fox(1)).attempt_id == paper.attempt_id
    for other in (fox(2), user(), fox(1).key, Anonymous(fox(1).token[:31])):
        with pytest.raises(NotFound) as error:
            call(attempts.paper, paper.attempt_id, taker=other, now=NOON)
        assert code_of(error) == "attempt_not_found"
        with pytest.raises(NotFound) as error:
            call(attempts.save, paper.attempt_id, answer(1, answer=True), taker=other, now=NOON)
        assert code_of(error) == "attempt_not_found"
        assert call(attempts.page, taker=other, now=NOON).items == ()
        assert start_attempt(call, quiz_id, other).attempt_id != paper.attempt_id


def test_two_anonymous_takers_have_attempts_and_limits_of_their_own(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    for number in (1, 2):
        assert take(call, quiz_id, fox(number), 1).number == 1

    with pytest.raises(Refused) as error:
        start_attempt(call, quiz_id, fox(1))
    assert code_of(error) == "no_attempts_left"


def test_exceptions_for_groups_apply_and_those_for_users_do_not(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    exam = call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    call(assignments.override, exam, AccessSettings(time_limit_seconds=120), group="7b", now=NOON)
    call(assignments.override, exam, AccessSettings(time_limit_seconds=999), taker=user(), now=NOON)
    call(assignments.accommodate, AccommodationSettings(time_factor=2), taker=user(), now=NOON)

    alone = start_attempt(call, quiz_id, fox(1), assignment_id=exam)
    in_group = start_attempt(call, quiz_id, fox(2), assignment_id=exam, groups=["7b"])

    assert (alone.due_at, in_group.due_at) == (NOON + MINUTE, NOON + 2 * MINUTE)


def test_an_overdue_attempt_of_an_anonymous_taker_is_finished_and_graded(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, pass_grade=1)
    for taker in (fox(1), fox(2), "ann"):
        paper = start_attempt(call, quiz_id, taker)
        call(attempts.save, paper.attempt_id, answer(1, answer=True), taker=taker, now=NOON)

    expired = call(gradebook.expire_due, now=NOON + HOUR)

    mine = [one for one in expired.attempts if one.quiz_id == quiz_id]
    assert sorted(str(one.taker_id) for one in mine) == ["None", "None", "ann"]
    for taker in (fox(1), fox(2), "ann"):
        grade = call(attempts.grade, quiz_id, taker=taker, now=NOON + HOUR)
        assert (str(grade.grade), grade.passed) == ("1", True)


def test_fresh_draws_remember_the_papers_of_a_token(call: Caller) -> None:
    bank, _ = bank_of(call, *(yes(n) for n in range(1, 5)))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, fresh=True)]))

    papers = []
    for _ in range(2):
        papers.append(start_attempt(call, quiz_id, fox()))
        call(attempts.submit, papers[-1].attempt_id, taker=fox(), now=NOON)

    seen = [str(question.view.content) for paper in papers for question in paper.questions]
    assert len(set(seen)) == 4


def test_right_answers_after_the_last_attempt_count_the_attempts_of_a_token(call: Caller) -> None:
    review = ReviewPolicy(right_answer=ReviewMoment, right_answer_if=[ReviewCondition.USED_UP])
    quiz_id = published(call, max_attempts=2, review=review)

    assert take(call, quiz_id, fox()).questions[0].right_response is None
    assert take(call, quiz_id, fox()).questions[0].right_response is not None


# ---------------------------------------------------------------------------------------------- grades


def test_the_leaderboard_shows_pseudonyms(call: Caller) -> None:
    quiz_id = published(call)
    take(call, quiz_id, fox(1), 1)
    take(call, quiz_id, "ann", 1, 2)
    take(call, quiz_id, fox(2))

    board = call(gradebook.leaderboard, quiz_id)

    assert [(entry.rank, entry.taker_id, entry.pseudonym) for entry in board.items] == [
        (1, "ann", None),
        (2, None, "Red Fox 1"),
        (3, None, "Red Fox 2"),
    ]


def test_grades_of_anonymous_takers_are_recomputed_like_those_of_users(call: Caller, session: Session) -> None:

    quiz_id = published(call)
    for taker in (fox(1), "ann", fox(2)):
        take(call, quiz_id, taker, 1)
    before = {entry.pseudonym or entry.taker_id: entry.grade for entry in call(gradebook.grades, quiz_id).items}
    session.execute(update(QuizGrade).where(QuizGrade.quiz_id == quiz_id).values(grade=0))
    session.execute(delete(QuizGrade).where(QuizGrade.quiz_id == quiz_id, QuizGrade.pseudonym == "Red Fox 2"))
    session.commit()

    assert call(gradebook.rebuild, quiz_id, now=NOON).changed == 3
    after = {entry.pseudonym or entry.taker_id: entry.grade for entry in call(gradebook.grades, quiz_id).items}
    assert after == before == {"Red Fox 1": 1, "Red Fox 2": 1, "ann": 1}


# ---------------------------------------------------------------------------------------------- claims


def test_a_user_claims_the_finished_and_the_open_attempts_of_a_token(call: Caller) -> None:
    first, second = published(call, pass_grade=1), published(call)
    done = take(call, first, fox(), 1)
    paper = start_attempt(call, second, fox())
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker=fox(), now=NOON)

    claimed = call(attempts.claim, anonymous=fox(), taker=user(), now=NOON)

    assert claimed.attempt_ids == tuple(sorted([done.attempt_id, paper.attempt_id]))
    assert call(attempts.grade, first, taker=user(), now=NOON).passed is True
    assert start_attempt(call, second, user()).questions[0].response is not None
    call(attempts.save, paper.attempt_id, answer(2, answer=True), taker=user(), now=NOON)
    assert str(call(attempts.submit, paper.attempt_id, taker=user(), now=NOON).score) == "2"
    (entry,) = call(gradebook.leaderboard, first).items
    assert (entry.taker_id, entry.pseudonym) == (user(), None)


def test_a_token_opens_nothing_after_its_attempts_were_claimed(call: Caller) -> None:
    quiz_id = published(call)
    paper = start_attempt(call, quiz_id, fox())
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker=fox(), now=NOON)
    call(attempts.claim, anonymous=fox(), taker=user(), now=NOON)

    for verb, data in (
        (attempts.paper, ()),
        (attempts.save, (answer(1, 2, answer=False),)),
        (attempts.submit, ()),
    ):
        with pytest.raises(NotFound) as error:
            call(verb, paper.attempt_id, *data, taker=fox(), now=NOON)
        assert code_of(error) == "attempt_not_found"
    again = start_attempt(call, quiz_id, fox())
    assert (again.attempt_id != paper.attempt_id, again.number) == (True, 1)


def test_a_repeated_claim_returns_the_same_and_nobody_else_can_claim(call: Caller) -> None:
    take(call, published(call), fox(), 1)

    claimed = call(attempts.claim, anonymous=fox(), taker=user(), now=NOON)

    assert call(attempts.claim, anonymous=fox(), taker=user(), now=NOON) == claimed
    for token, name in ((fox(1), user("ben")), (fox(2), user())):
        with pytest.raises(NotFound) as error:
            call(attempts.claim, anonymous=token, taker=name, now=NOON)
        assert code_of(error) == "token_not_found"


def test_a_claim_is_refused_as_a_whole_if_the_user_has_attempts_there(call: Caller) -> None:
    first, second = published(call), published(call)
    take(call, first, fox(), 1)
    mine = take(call, second, fox(), 1)
    take(call, first, user())

    with pytest.raises(Refused) as error:
        call(attempts.claim, anonymous=fox(), taker=user(), now=NOON)

    assert code_of(error) == "claim_conflict"
    assert call(attempts.result, mine.attempt_id, taker=fox(), now=NOON) == mine
    assert len(call(attempts.page, taker=fox(), now=NOON).items) == 2


# ---------------------------------------------------------------------------------------------- the token


def test_only_the_hash_of_a_token_is_stored_and_no_text_contains_the_token(call: Caller, session: Session) -> None:
    token = bytes(range(32))
    taker = Anonymous(token, "Owl")
    paper = start_attempt(call, published(call), taker)

    row = session.execute(select(Attempt.__table__).where(Attempt.id == paper.attempt_id)).one()
    assert row.token_hash == hashlib.sha256(token).hexdigest()
    assert token.hex() not in str(row)
    assert repr(taker) == "Anonymous(pseudonym='Owl')"
    assert pickle.loads(pickle.dumps(taker)) == taker


def test_each_new_anonymous_taker_has_another_random_token() -> None:
    tokens = {Anonymous.new("Owl").token for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {32}


@pytest.mark.parametrize("token", [b"", b"0" * 15, b"0" * 65], ids=len)
def test_a_token_has_sixteen_to_64_bytes(token: bytes) -> None:
    with pytest.raises(Invalid) as error:
        Anonymous(token)
    assert error.value.problems[0].code == "token_length"


@pytest.mark.parametrize("token", ["0" * 32, None, 7])
def test_a_token_is_bytes(token: Any) -> None:
    with pytest.raises(UsageError):
        Anonymous(token)


@pytest.mark.parametrize("pseudonym", ["", "  ", "x" * 65, "a\x00b"], ids=repr)
def test_a_pseudonym_has_one_to_64_characters(pseudonym: str) -> None:
    with pytest.raises(Invalid) as error:
        Anonymous(b"0" * 32, pseudonym)
    assert error.value.problems[0].path == "pseudonym"
    if pseudonym.strip():
        assert pseudonym not in str(error.value)


def test_verbs_for_staff_take_no_anonymous_user(call: Caller) -> None:
    quiz_id = published(call)
    taker: Any = fox()

    with pytest.raises(UsageError):
        call(quizzes.page, author=taker)
    with pytest.raises(UsageError):
        call(attempts.claim, anonymous=taker, taker=taker, now=NOON)
    assert call(quizzes.get, quiz_id).id == quiz_id


def test_a_claim_is_refused_if_only_the_numbers_of_the_attempts_differ(call: Caller, session: Session) -> None:
    """No unique key would refuse it: the user's only attempt is the second one."""
    quiz_id = published(call)
    take(call, quiz_id, fox(), 1)
    mine = take(call, quiz_id, user())
    session.execute(update(Attempt).where(Attempt.id == mine.attempt_id).values(number=2))
    session.execute(delete(QuizGrade).where(QuizGrade.quiz_id == quiz_id, QuizGrade.taker_id == user()))
    session.commit()

    with pytest.raises(Refused) as error:
        call(attempts.claim, anonymous=fox(), taker=user(), now=NOON)
    assert code_of(error) == "claim_conflict"

    session.execute(delete(Attempt).where(Attempt.id == mine.attempt_id))
    session.commit()
