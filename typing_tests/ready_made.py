"""The public API as a user sees it, with the ready-made models. Checked by pyright strict and mypy strict.

A line with an ignore comment is a planted misuse: both checkers report an ignore that is not needed, so a
misuse that goes through fails the check.
"""

from collections.abc import Mapping
from typing import Any, assert_type
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session

from quizkit.crud import AccessRequest, Quizkit, assignments, attempts, banks, categories, gradebook, questions, quizzes
from quizkit.errors import Refused
from quizkit.models import models
from quizkit.questions import Choice, Grade, Option, Question, ShortAnswer, Text, TextAnswer, TrueFalse, parse
from quizkit.schemas import (
    AccessEventReturn,
    AccessReport,
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentReturn,
    AttemptReturn,
    BankReturn,
    CategoryCreate,
    CategoryReturn,
    CheckResponse,
    Checked,
    DrawSlot,
    Extended,
    FeedbackBand,
    Flagged,
    GroupMean,
    LeaderboardEntry,
    LeaderboardPlace,
    Outcome,
    Page,
    Paper,
    QuestionReturn,
    QuestionSlot,
    QuizCreate,
    QuizGradeReturn,
    QuizOutline,
    QuizReturn,
    QuizUpdate,
    Rebuilt,
    Review,
    ReviewPolicy,
    RosterEntry,
    SaveResponse,
    Saved,
    SectionOutline,
    Standing,
    TakerGrade,
)
from quizkit.vocabulary import Behaviour, ReviewMoment


async def with_an_async_session(
    session: AsyncSession, scoped: async_scoped_session[AsyncSession], quiz_id: UUID, save: SaveResponse
) -> None:
    assert_type(await quizzes.create(session, QuizCreate(title="Rivers")), QuizReturn[str])
    assert_type(await quizzes.get(scoped, quiz_id), QuizReturn[str])
    assert_type((await quizzes.get(scoped, quiz_id, columns=[models.quiz.title])).author_id, str | None)
    assert_type((await quizzes.get(scoped, quiz_id)).columns, Mapping[str, Any])
    assert_type(await quizzes.page(session, limit=3), Page[QuizReturn[str]])
    assert_type(
        await questions.add(session, [TrueFalse(content="?", answer=True)], quiz_id=quiz_id), tuple[QuestionReturn, ...]
    )
    assert_type(await banks.get(session, quiz_id), BankReturn)
    assert_type(await attempts.start(session, quiz_id, taker="ann"), Paper)
    assert_type(await attempts.save(session, quiz_id, save, taker="ann"), Saved)
    assert_type(await attempts.submit(session, quiz_id, taker="ann"), Outcome)
    assert_type(await attempts.get(session, quiz_id, taker="ann"), AttemptReturn[str])
    assert_type(await attempts.page(session, taker="ann"), Page[AttemptReturn[str]])
    assert_type(await attempts.paper_json(session, quiz_id, taker="ann"), bytes)


def with_a_sync_session(session: Session, scoped: scoped_session[Session], quiz_id: UUID) -> None:
    assert_type(quizzes.create(session, QuizCreate(title="Rivers")), QuizReturn[str])
    assert_type(quizzes.publish(scoped, quiz_id), QuizReturn[str])
    assert_type(attempts.start(session, quiz_id, taker="ann"), Paper)
    assert_type(attempts.result(scoped, quiz_id, taker="ann"), Outcome)


async def what_a_quiz_can_be(session: AsyncSession, one: UUID, check: CheckResponse) -> None:
    bands = [FeedbackBand(minimum="0.5", content="Passed.")]
    review = ReviewPolicy(marks=[ReviewMoment.LATER], right_answer=())
    data = QuizCreate(
        title="x", behaviour=Behaviour.INTERACTIVE, penalty="1/3", max_grade=10, review=review, feedback_bands=bands
    )
    QuizUpdate(feedback_bands=bands, late_penalty="0.1", max_grade=None)
    outline = QuizOutline(
        sections=[
            SectionOutline(
                slots=[
                    QuestionSlot(question_id=one, points="2.5"),
                    DrawSlot(bank_id=one, tags=["a"], count=2, points=3),
                ]
            )
        ]
    )
    assert_type(review.marks, frozenset[ReviewMoment])
    assert_type(data.feedback_bands, tuple[FeedbackBand, ...])
    assert_type(await quizzes.set_outline(session, one, outline), QuizOutline)
    assert_type(await categories.create(session, CategoryCreate(bank_id=one, name="x")), CategoryReturn)
    assert_type(await questions.page(session, category_id=one, tags=["a"], text="b"), Page[QuestionReturn])
    assert_type(await assignments.create(session, AssignmentCreate(quiz_id=one)), AssignmentReturn)
    longer = AccessSettings(time_limit_seconds=None)
    assert_type(await assignments.override(session, one, longer, taker="ann"), AccessEventReturn[str])
    person = AccommodationSettings(time_factor="1.25")
    assert_type(await assignments.accommodate(session, person, taker="ann", actor="prof"), AccessEventReturn[str])
    assert_type(await assignments.extend(session, one, seconds=60), Extended)
    assert_type(await attempts.explain_access(session, one, taker="ann", groups=["7b"]), AccessReport)
    assert_type(await attempts.check(session, one, check, taker="ann"), Checked)
    assert_type(await attempts.review(session, one, taker="ann"), Review)
    assert_type(await attempts.grade(session, one, taker="ann"), TakerGrade | None)
    assert_type(await attempts.flag(session, one, slot=1, taker="ann"), Flagged)
    assert_type(await gradebook.grades(session, assignment_id=one), Page[QuizGradeReturn[str]])
    assert_type(await gradebook.leaderboard(session, assignment_id=one), Page[LeaderboardEntry[str]])
    assert_type(await gradebook.place(session, assignment_id=one, taker="ann"), LeaderboardPlace[str] | None)
    assert_type(await gradebook.standings(session, [one]), Page[Standing[str]])
    assert_type(await gradebook.means(session, one, groups={"all": []}), tuple[GroupMean, ...])
    assert_type(await gradebook.roster(session, one, takers=["ann"]), tuple[RosterEntry[str], ...])
    assert_type(await gradebook.rebuild(session, assignment_id=one), Rebuilt)


def admit(request: AccessRequest[str]) -> None:
    assert_type(request.taker, str | None)
    raise Refused("closed", "The room is closed")


assert_type(Quizkit(models, admit=admit), Quizkit[str])


async def misuses(session: AsyncSession, sync: Session, quiz_id: UUID) -> None:
    (await quizzes.get(session, quiz_id)).titel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    quizzes.get(session, quiz_id).title  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await quizzes.get(sync, quiz_id)  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    await quizzes.get(session, "id")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await quizzes.get(quiz_id)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await attempts.start(session, quiz_id, taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await attempts.check(session, quiz_id, SaveResponse(slot=1, sequence=1, response={}), taker="ann")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await assignments.override(session, quiz_id, AccessSettings(), taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    ReviewPolicy(marks="later")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    DrawSlot(bank_id=quiz_id, colour="blue")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await attempts.start(session, quiz_id)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await attempts.start(session, quiz_id, takr="ann")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def authors_shapes() -> None:
    question = Choice(
        content="The capital of France?",
        options=[Option(content="Paris", correct=True), Option(content=Text(text="Rome"), weight="-0.5")],
        points=2,
        tags=["geography"],
    )
    assert_type(question.content, Text)
    assert_type(question.options, tuple[Option, ...])
    assert_type(question.mark(question.key()), Grade)
    assert_type(parse("{}"), Question)
    QuizCreate(title="Rivers", questions=[question, ShortAnswer(content="?", answers=[TextAnswer(text="a")])])
    question.title = "?"  # pyright: ignore[reportAttributeAccessIssue]
    Choice(content=7, options=[])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Choice(content="?", options=["Paris"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    Choice(content="?")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Option(content="Paris", korrect=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    QuizCreate(questions=[question])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    QuizCreate(title="Rivers", questions=["?"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    from quizkit.questions import Chocie  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnusedImport]
