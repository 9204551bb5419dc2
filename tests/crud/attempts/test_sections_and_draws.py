"""The content of a paper: sections, pages, draws, orders; and its navigation."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import Quizkit, attempts, categories, questions, quizzes
from quizkit.errors import Invalid, NotFound, Refused
from quizkit.models import models
from quizkit.questions import Choice, Description, Essay, Option, TrueFalse, TrueFalseResponse
from quizkit.schemas import (
    CategoryCreate,
    DrawSlot,
    Paper,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    ReviewPolicy,
    SectionOutline,
)
from quizkit.vocabulary import AttemptState, Behaviour, Counting, Navigation, ReviewMoment
from taking import NOON, SECOND, answer, arranged, bank_of, check, published, slots_for, start_attempt, yes

SEED = bytes(range(16))


pytestmark = pytest.mark.usefixtures("unbroken")


def asked(paper: Paper) -> list[str]:
    return [str(question.view.content) for question in paper.questions]


def numbered(count: int, **more: Any) -> list[TrueFalse]:
    return [yes(n, **more) for n in range(1, count + 1)]


# ---------------------------------------------------------------------------------------------- outlines


def test_an_outline_is_read_back_unchanged(call: Caller) -> None:
    bank, ids = bank_of(call, *numbered(3))
    rivers = call(categories.create, CategoryCreate(bank_id=bank, name="Rivers")).id
    revision = call(questions.get, ids[2]).revision_id
    quiz = call(quizzes.create, QuizCreate(title="Rivers"))
    outline = QuizOutline(
        sections=[
            SectionOutline(title="One", shuffle=True, per_page=2, slots=slots_for(ids[:1], points="2.5")),
            SectionOutline(
                navigation=Navigation.SEQUENTIAL,
                slots=[
                    QuestionSlot(question_id=ids[1], counting=Counting.EXTRA),
                    QuestionSlot(question_id=ids[2], revision_id=revision, requires_previous=True),
                    DrawSlot(bank_id=bank, category_id=rivers, tags=["long"], count=2, points=3, fresh=True),
                ],
            ),
            SectionOutline(title="Empty"),
        ]
    )

    arranged = outline.model_copy(update={"version": quiz.version + 1})
    assert call(quizzes.set_outline, quiz.id, outline) == arranged
    assert call(quizzes.outline, quiz.id) == arranged
    assert call(quizzes.set_outline, quiz.id, outline) == arranged  # nothing changes


def test_publishing_and_editing_again_keep_the_outline(call: Caller) -> None:
    bank, ids = bank_of(call, *numbered(4))
    sections = [
        SectionOutline(shuffle=True, slots=slots_for(ids[:2])),
        SectionOutline(slots=[DrawSlot(bank_id=bank, count=1)]),
    ]
    quiz_id = arranged(call, *sections)
    outline = call(quizzes.outline, quiz_id)

    call(quizzes.update, quiz_id, QuizUpdate(title="Lakes"))
    call(questions.add, [yes(9)], quiz_id=quiz_id)

    edited = call(quizzes.outline, quiz_id)
    assert edited.sections[0] == outline.sections[0]
    assert len(edited.sections[1].slots) == 2
    assert len(asked(start_attempt(call, quiz_id))) == 3  # takers see it after publishing
    call(quizzes.publish, quiz_id)
    assert len(asked(start_attempt(call, quiz_id, "ben"))) == 4


def test_an_outline_cannot_refer_to_unknown_rows(call: Caller) -> None:
    bank, (one, other) = bank_of(call, yes(1), yes(2))
    elsewhere, _ = bank_of(call, yes(3))
    category = call(categories.create, CategoryCreate(bank_id=elsewhere, name="x")).id
    quiz = call(quizzes.create, QuizCreate(title="Rivers"))
    theirs = call(questions.get, other).revision_id
    before = call(quizzes.outline, quiz.id)

    wrong: list[tuple[QuestionSlot | DrawSlot, str]] = [
        (QuestionSlot(question_id=uuid.uuid4()), "question_not_found"),
        (QuestionSlot(question_id=one, revision_id=theirs), "question_not_found"),
        (DrawSlot(bank_id=uuid.uuid4()), "bank_not_found"),
        (DrawSlot(bank_id=bank, category_id=category), "category_not_found"),
        (DrawSlot(bank_id=bank, category_id=uuid.uuid4()), "category_not_found"),
    ]
    for slot, code in wrong:
        with pytest.raises(NotFound) as refused:
            call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[slot])]))
        assert refused.value.code == code
    assert call(quizzes.outline, quiz.id) == before
    with pytest.raises(NotFound):
        call(quizzes.outline, uuid.uuid4())


def test_publishing_updates_following_slots_to_the_latest_revision_and_leaves_pinned_ones(call: Caller) -> None:
    """F17: no edit changes an existing attempt."""
    _, (follows, pinned) = bank_of(call, yes(1), yes(2))
    kept = call(questions.get, pinned).revision_id
    quiz_id = arranged(
        call,
        SectionOutline(slots=[QuestionSlot(question_id=follows), QuestionSlot(question_id=pinned, revision_id=kept)]),
    )
    first = start_attempt(call, quiz_id)
    for one in (follows, pinned):
        call(questions.revise, one, TrueFalse(content="Revised", answer=False))

    assert asked(start_attempt(call, quiz_id, "ben")) == ["Question 1", "Question 2"]
    call(quizzes.publish, quiz_id)
    assert asked(start_attempt(call, quiz_id, "cem")) == ["Revised", "Question 2"]
    call(questions.archive, pinned)
    assert asked(call(attempts.paper, first.attempt_id, taker="ann")) == ["Question 1", "Question 2"]
    call(attempts.save, first.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)
    assert call(attempts.submit, first.attempt_id, taker="ann", now=NOON).score == 1


# ---------------------------------------------------------------------------------------------- publishing


def problems(call: Caller, *sections: SectionOutline, **policy: Any) -> list[tuple[str, str, int | None]]:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", **policy))
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=sections))
    found = [(one.severity, one.code, one.slot) for one in call(quizzes.lint, quiz.id)]
    errors = [code for severity, code, _ in found if severity == "error"]
    if errors:
        with pytest.raises((Invalid, Refused)) as refused:
            call(quizzes.publish, quiz.id)
        assert refused.value.code in {"quiz_invalid", "quiz_empty"}
        codes = [problem.code for problem in getattr(refused.value, "problems", ())]
        assert refused.value.code == "quiz_empty" or codes == errors
        assert call(quizzes.get, quiz.id).revision is None
    else:
        call(quizzes.publish, quiz.id)
    return found


def test_a_draft_may_be_incomplete_and_publishing_reports_what_is_missing(call: Caller) -> None:
    bank, (one, other) = bank_of(call, yes(1), yes(2))

    assert problems(call, SectionOutline()) == [("error", "quiz_empty", None)]
    assert problems(call, SectionOutline(slots=slots_for([one, other, one]))) == [
        ("error", "question_twice", 1),
        ("error", "question_twice", 3),
    ]
    assert problems(call, SectionOutline(slots=[*slots_for([one]), DrawSlot(bank_id=bank, count=2)])) == [
        ("error", "draw_too_small", 2)
    ]
    assert problems(call, SectionOutline(slots=slots_for([one])), pass_grade=2) == [
        ("error", "pass_grade_unreachable", None)
    ]
    assert problems(call, SectionOutline(slots=slots_for([one, other])), pass_grade=2) == []


def test_probable_mistakes_of_an_author_are_warnings_that_do_not_prevent_publishing(call: Caller) -> None:
    _, (one,) = bank_of(call, TrueFalse(content="?", answer=True, tags=["a", "a"]))

    assert problems(call, SectionOutline(slots=slots_for([one], requires_previous=True))) == [
        ("warning", "nothing_previous", 1),
        ("warning", "equal_tags", 1),
    ]
    assert problems(
        call, SectionOutline(slots=slots_for([one], counting=Counting.IGNORED)), behaviour=Behaviour.INTERACTIVE
    ) == [("warning", "quiz_worth_nothing", None), ("warning", "no_hints", 1), ("warning", "equal_tags", 1)]


def test_a_question_of_an_unregistered_type_cannot_be_published(call: Caller) -> None:
    from sqlalchemy import update

    from quizkit.models import QuestionRevision

    _, (one,) = bank_of(call, yes(1))
    engine = call.database.engine()
    with Session(engine) as session, session.begin():
        body = {"type": "gone", "content": "?"}
        session.execute(update(QuestionRevision).where(QuestionRevision.question_id == one).values(body=body))
    engine.dispose()

    assert problems(call, SectionOutline(slots=slots_for([one]))) == [("error", "question_unreadable", 1)]


def test_draws_count_towards_the_length_of_a_quiz(call: Caller) -> None:
    bank, _ = bank_of(call, yes(1))
    quiz = call(quizzes.create, QuizCreate(title="Long"))
    draws = [DrawSlot(bank_id=bank, count=251), DrawSlot(bank_id=bank, count=250)]
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=draws)]))

    with pytest.raises(Refused) as refused:
        call(quizzes.publish, quiz.id)
    assert refused.value.code == "quiz_too_long"


# ---------------------------------------------------------------------------------------------- draws


def test_questions_are_drawn_by_category_and_tags_without_repetition(call: Caller) -> None:
    bank, pinned = bank_of(call, *numbered(3))
    top = call(categories.create, CategoryCreate(bank_id=bank, name="Water")).id
    low = call(categories.create, CategoryCreate(bank_id=bank, name="Rivers", parent_id=top)).id
    bank_of(call, *[yes(n, tags=["Long"]) for n in (10, 11, 12)], bank_id=bank, category_id=low)
    bank_of(call, *[yes(n, tags=["short"]) for n in (20, 21)], bank_id=bank, category_id=top)
    quiz_id = arranged(
        call,
        SectionOutline(
            slots=[
                DrawSlot(bank_id=bank, category_id=top, count=2),
                DrawSlot(bank_id=bank, category_id=low, tags=["long"], count=2),
                DrawSlot(bank_id=bank, tags=["short"], count=1),
                *slots_for(pinned[:1]),
                DrawSlot(bank_id=bank, count=2, points=5),
            ]
        ),
    )

    for taker in range(8):
        paper = start_attempt(call, quiz_id, f"taker {taker}")
        numbers = [int(text.split()[1]) for text in asked(paper)]
        assert len(set(numbers)) == len(numbers) == 8
        assert all(number >= 10 for number in numbers[:2])
        assert all(10 <= number <= 12 for number in numbers[2:4])
        assert numbers[4] >= 20
        assert numbers[5] == 1
        assert [str(q.points) for q in paper.questions] == ["1"] * 6 + ["5"] * 2
        assert paper.max_score == 16


def test_a_draw_depends_only_on_the_seed_and_is_stored_byte_for_byte(call: Caller) -> None:
    bank, ids = bank_of(call, *numbered(12))
    quiz_id = arranged(call, SectionOutline(shuffle=True, slots=[DrawSlot(bank_id=bank, count=5)]))
    first = start_attempt(call, quiz_id, "ann", seed=SEED)
    before = call(attempts.paper_json, first.attempt_id, taker="ann", now=NOON)

    assert asked(start_attempt(call, quiz_id, "ben", seed=SEED)) == asked(first)
    for one in ids:
        call(questions.revise, one, TrueFalse(content="Revised", answer=False))
    bank_of(call, *numbered(30), bank_id=bank)

    own = Quizkit(models)  # another process
    assert call(own.attempts.paper_json, first.attempt_id, taker="ann", now=NOON) == before
    call(own.attempts.save, first.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)
    assert call(own.attempts.submit, first.attempt_id, taker="ann", now=NOON).score == 1


def test_takers_have_different_draws_and_orders(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(20))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=4)]))

    papers = {tuple(asked(start_attempt(call, quiz_id, f"taker {n}"))) for n in range(10)}

    assert len(papers) == 10


def test_fresh_draws_never_repeat_a_question_for_a_taker(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(5))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, fresh=True)]))
    ann, ben = f"ann {bank}", f"ben {bank}"
    seen: Counter[str] = Counter()
    for _ in range(2):
        paper = start_attempt(call, quiz_id, ann)
        seen.update(asked(paper))
        call(attempts.submit, paper.attempt_id, taker=ann, now=NOON)

    assert max(seen.values()) == 1
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, ann)
    assert (refused.value.code, refused.value.params) == (
        "draw_too_small",
        {"slot": 1, "needed": 2, "found": 1},
    )
    assert len(asked(start_attempt(call, quiz_id, ben))) == 2


def test_archived_questions_and_texts_are_not_drawn(call: Caller) -> None:
    bank, ids = bank_of(call, *numbered(3), Description(content="Read this."))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2)]))
    call(questions.archive, ids[0])

    assert sorted(asked(start_attempt(call, quiz_id))) == ["Question 2", "Question 3"]
    call(questions.archive, ids[1])
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, "ben")
    assert refused.value.code == "draw_too_small"
    assert sorted(asked(start_attempt(call, quiz_id))) == ["Question 2", "Question 3"]  # a started attempt continues


def test_a_drawn_question_is_tried_and_reviewed_like_any_other(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(4))
    quiz_id = arranged(
        call,
        SectionOutline(slots=[DrawSlot(bank_id=bank, count=2)]),
        behaviour=Behaviour.IMMEDIATE,
        review=ReviewPolicy(right_answer=[ReviewMoment.RIGHT_AFTER]),
    )
    paper = start_attempt(call, quiz_id)

    done = call(attempts.check, paper.attempt_id, check(2, 1, answer=True), taker="ann", now=NOON)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert done.question.points == outcome.score == 1
    assert outcome.questions[1].right_response == TrueFalseResponse(answer=True)
    assert outcome.questions[1].view == paper.questions[1].view


# ---------------------------------------------------------------------------------------------- counting


def test_extra_credit_adds_only_to_the_score_and_ignored_slots_to_nothing(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(3))
    slots = [
        QuestionSlot(question_id=ids[0], points=4),
        QuestionSlot(question_id=ids[1], counting=Counting.EXTRA),
        QuestionSlot(question_id=ids[2], counting=Counting.IGNORED, points=50),
    ]
    quiz_id = arranged(call, SectionOutline(slots=slots), max_grade=10, pass_grade=5)
    paper = start_attempt(call, quiz_id)
    assert (paper.max_score, [q.counting.value for q in paper.questions]) == (4, ["counts", "extra", "ignored"])
    for slot in (1, 2, 3):
        call(attempts.save, paper.attempt_id, answer(slot, 1, answer=True), taker="ann", now=NOON)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert (outcome.score, outcome.max_score, str(outcome.grade), outcome.passed) == (5, 4, "12.5", True)
    assert [str(q.points) for q in outcome.questions] == ["4", "1", "50"]


def test_an_essay_that_does_not_count_does_not_delay_the_result(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), Essay(content="Any remarks?"))
    slots = [QuestionSlot(question_id=ids[0]), QuestionSlot(question_id=ids[1], counting=Counting.IGNORED)]
    paper = start_attempt(call, arranged(call, SectionOutline(slots=slots)))
    call(attempts.save, paper.attempt_id, answer(2, 1, text="Good."), taker="ann", now=NOON)

    assert not call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).needs_grading


# ---------------------------------------------------------------------------------------------- options


def test_options_can_be_fixed_in_place(call: Caller) -> None:
    options = [Option(content=text, correct=text == "b") for text in "abcd"]
    last = Option(content="None of the above", fixed=True)
    quiz_id = published(call, Choice(content="?", options=[*options, last]))

    orders = set()
    for n in range(12):
        view: Any = start_attempt(call, quiz_id, f"taker {n}").questions[0].view
        shown = [str(option.content) for option in view.options]
        assert shown[-1] == "None of the above"
        orders.add(tuple(shown))
    assert len(orders) > 1


def test_adding_a_question_reshuffles_no_options_of_another(call: Caller) -> None:
    wide = Choice(content="?", options=[Option(content=str(n), correct=n == 1) for n in range(9)])
    quiz = call(quizzes.create, QuizCreate(title="x", questions=[wide]))
    call(quizzes.publish, quiz.id)
    before = start_attempt(call, quiz.id, "ann", seed=SEED).questions[0].view
    outline = call(quizzes.outline, quiz.id)
    (added,) = call(questions.add, [yes(1)], quiz_id=quiz.id)
    slots = [QuestionSlot(question_id=added.id), *outline.sections[0].slots]
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=slots)]))
    call(quizzes.publish, quiz.id)

    assert start_attempt(call, quiz.id, "ben", seed=SEED).questions[1].view == before


# ---------------------------------------------------------------------------------------------- navigation


def ways(call: Caller) -> uuid.UUID:
    """Two sequential pages, then two with free navigation."""
    _, ids = bank_of(call, *numbered(6))
    return arranged(
        call,
        SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids[:2])),
        SectionOutline(per_page=2, slots=slots_for(ids[2:])),
    )


def saves(call: Caller, paper: Paper, slot: int, sequence: int) -> str | None:
    try:
        call(attempts.save, paper.attempt_id, answer(slot, sequence, answer=True), taker="ann", now=NOON)
    except Refused as refused:
        return refused.code
    return None


def turns(call: Caller, paper: Paper, slot: int) -> Any:
    try:
        seen = call(attempts.visit, paper.attempt_id, slot=slot, taker="ann", now=NOON)
    except Refused as refused:
        return refused.code
    return [question.slot for question in seen.questions]


def test_a_sequential_section_shows_one_page_and_cannot_go_back(call: Caller) -> None:
    paper = start_attempt(call, ways(call))

    assert (paper.page, paper.pages, [q.slot for q in paper.questions]) == (1, 4, [1])
    assert turns(call, paper, 3) == "page_ahead"
    assert [saves(call, paper, slot, 1) for slot in (1, 2, 3)] == [None, "page_ahead", "page_ahead"]
    assert turns(call, paper, 2) == [2]
    assert turns(call, paper, 1) == "page_left"
    assert [saves(call, paper, slot, 2) for slot in (1, 2, 3)] == ["page_left", None, "page_ahead"]
    assert turns(call, paper, 3) == [3, 4, 5, 6]
    assert [saves(call, paper, slot, 3) for slot in (1, 2, 3, 6)] == ["page_left", "page_left", None, None]
    assert turns(call, paper, 6) == [3, 4, 5, 6]
    assert turns(call, paper, 3) == [3, 4, 5, 6]
    assert turns(call, paper, 2) == "page_left"
    assert [q.slot for q in call(attempts.review, paper.attempt_id, taker="ann", now=NOON).questions] == [3, 4, 5, 6]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert (outcome.score, len(outcome.questions)) == (4, 6)


def test_an_overdue_attempt_still_shows_one_page(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(3))
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    paper = start_attempt(call, arranged(call, section, time_limit_seconds=60))
    later = {"taker": "ann", "now": NOON + 3600 * SECOND}

    seen = call(attempts.paper, paper.attempt_id, **later)
    assert (seen.state, [question.slot for question in seen.questions]) == (AttemptState.OVERDUE, [1])
    call(attempts.submit, paper.attempt_id, **later)
    assert len(call(attempts.paper, paper.attempt_id, **later).questions) == 1  # the others are hidden until the close


def test_checks_obey_the_navigation_rules(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(2))
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    paper = start_attempt(call, arranged(call, section, behaviour=Behaviour.IMMEDIATE))

    with pytest.raises(Refused) as refused:
        call(attempts.check, paper.attempt_id, check(2, 1, answer=True), taker="ann", now=NOON)
    assert refused.value.code == "page_ahead"
    call(attempts.visit, paper.attempt_id, slot=2, taker="ann", now=NOON)
    for verb, what in ((attempts.check, {"data": check(1, 1, answer=True)}), (attempts.try_again, {"slot": 1})):
        with pytest.raises(Refused) as refused:
            call(verb, paper.attempt_id, **what, taker="ann", now=NOON)
        assert refused.value.code == "page_left"
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).questions[0].tries == ()


def test_a_quiz_with_free_navigation_can_be_answered_without_visits(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(4))
    paper = start_attempt(call, arranged(call, SectionOutline(per_page=1, slots=slots_for(ids))))

    assert [question.page for question in paper.questions] == [1, 2, 3, 4]
    assert [saves(call, paper, slot, 1) for slot in (4, 1, 3)] == [None, None, None]


def test_a_question_may_require_the_previous_one(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(3))
    slots = [QuestionSlot(question_id=one, requires_previous=n > 0) for n, one in enumerate(ids)]
    paper = start_attempt(call, arranged(call, SectionOutline(slots=slots)))

    assert [saves(call, paper, slot, 1) for slot in (2, 3, 1, 3, 2, 3)] == [
        "previous_first", "previous_first", None, "previous_first", None, None,
    ]  # fmt: skip


def test_with_checks_a_required_previous_question_must_be_complete(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(2))
    slots = [QuestionSlot(question_id=ids[0]), QuestionSlot(question_id=ids[1], requires_previous=True)]
    paper = start_attempt(call, arranged(call, SectionOutline(slots=slots), behaviour=Behaviour.IMMEDIATE))

    assert saves(call, paper, 2, 1) == "previous_first"
    call(attempts.check, paper.attempt_id, check(1, 1, answer=False), taker="ann", now=NOON)
    assert saves(call, paper, 2, 1) is None


def test_a_question_of_a_shuffled_section_cannot_require_the_previous_one() -> None:
    with pytest.raises(ValueError, match="requires_previous is not allowed"):
        SectionOutline(shuffle=True, slots=slots_for([uuid.uuid4()], requires_previous=True))


def test_the_same_seed_gives_the_same_pages(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(9))
    quiz_id = arranged(call, SectionOutline(shuffle=True, per_page=2, slots=slots_for(ids)))
    papers = [start_attempt(call, quiz_id, taker, seed=SEED) for taker in ("ann", "ben")]

    assert [(q.page, str(q.view.content)) for q in papers[0].questions] == [
        (q.page, str(q.view.content)) for q in papers[1].questions
    ]
    assert asked(papers[0]) != [f"Question {n}" for n in range(1, 10)]


# ---------------------------------------------------------------------------------------------- equal content


def test_a_question_imported_into_two_categories_is_drawn_once(call: Caller) -> None:
    bank, _ = bank_of(call, yes(1, tags=["a"], title="One", points=2), yes(2, tags=["a"]))
    bank_of(call, yes(1, tags=["b"], source_id="x"), yes(3, tags=["b"]), bank_id=bank)
    draws = [DrawSlot(bank_id=bank, tags=[tag], count=1) for tag in "ab"]
    quiz_id = arranged(call, SectionOutline(slots=draws))

    for n in range(40):
        texts = asked(start_attempt(call, quiz_id, f"taker {n}", seed=bytes([n]) * 16))
        assert len(set(texts)) == 2


def test_a_draw_omits_questions_equal_to_a_fixed_one_of_another_bank(call: Caller) -> None:
    _, (fixed,) = bank_of(call, yes(1))
    other, _ = bank_of(call, yes(1), yes(2))
    quiz_id = arranged(call, SectionOutline(slots=[*slots_for([fixed]), DrawSlot(bank_id=other, count=1)]))

    for n in range(20):
        assert asked(start_attempt(call, quiz_id, f"taker {n}", seed=bytes([n]) * 16)) == ["Question 1", "Question 2"]
    short = call(quizzes.create, QuizCreate(title="Short"))
    slots = [*slots_for([fixed]), DrawSlot(bank_id=other, count=2)]
    call(quizzes.set_outline, short.id, QuizOutline(sections=[SectionOutline(slots=slots)]))
    assert [one.code for one in call(quizzes.lint, short.id) if one.severity == "error"] == ["draw_too_small"]


def test_a_fresh_draw_omits_questions_equal_to_earlier_ones_of_the_taker(call: Caller) -> None:
    first, _ = bank_of(call, yes(1))
    second, _ = bank_of(call, yes(1), yes(2))
    taker = f"ann {first}"
    for bank, text in ((first, "Question 1"), (second, "Question 2")):
        quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=1, fresh=True)]))
        assert asked(start_attempt(call, quiz_id, taker)) == [text]


def test_a_fresh_draw_omits_revisions_of_earlier_questions(call: Caller) -> None:
    bank, (one,) = bank_of(call, yes(1))
    taker = f"ann {bank}"
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=1, fresh=True)]))
    call(attempts.submit, start_attempt(call, quiz_id, taker).attempt_id, taker=taker, now=NOON)
    call(questions.revise, one, yes(7))

    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, taker)
    assert refused.value.code == "draw_too_small"


def test_adding_a_question_returns_the_equal_one(call: Caller) -> None:
    mine = f"Only in {uuid.uuid4()}"

    def question(answer: bool = True, **more: Any) -> TrueFalse:
        return TrueFalse(content=mine, answer=answer, **more)

    bank, _ = bank_of(call, yes(1))
    first, again, other = call(questions.add, [question(), question(tags=["b"]), question(answer=False)], bank_id=bank)
    (later,) = call(questions.add, [question(points=3, title="T")], bank_id=bank)
    elsewhere, _ = bank_of(call, yes(1))
    (apart,) = call(questions.add, [question()], bank_id=elsewhere)

    assert (first.equal_to, again.equal_to, other.equal_to, later.equal_to) == (None, first.id, None, first.id)
    assert apart.equal_to is None
    assert call(questions.get, again.id).equal_to is None
    call(questions.archive, first.id)
    assert call(questions.add, [question()], bank_id=bank)[0].equal_to == again.id


def test_lint_names_the_slots_with_equal_questions(call: Caller) -> None:
    _, ids = bank_of(
        call, yes(1), yes(2), yes(1, tags=["b"]), Description(content="Read on."), Description(content="Read on.")
    )
    quiz_id = arranged(call, SectionOutline(slots=slots_for(ids)))

    assert [(one.code, one.severity, one.slot) for one in call(quizzes.lint, quiz_id)] == [
        ("question_alike", "warning", 3)
    ]


# ---------------------------------------------------------------------------------------------- as many as there are


def test_a_draw_with_a_minimum_takes_as_many_as_there_are(call: Caller) -> None:
    bank, ids = bank_of(call, *numbered(5))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=4, min_count=2, points=3)]))

    papers = []
    for kept in (5, 3, 2):
        for one in ids[kept:]:
            call(questions.archive, one)
        papers.append(start_attempt(call, quiz_id, f"taker {kept}"))
    call(questions.archive, ids[1])

    assert [(len(paper.questions), paper.max_score) for paper in papers] == [(4, 12), (3, 9), (2, 6)]
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, "ben")
    assert (refused.value.code, refused.value.params) == ("draw_too_small", {"slot": 1, "needed": 2, "found": 1})


def test_a_quiz_whose_draw_has_a_minimum_counts_what_it_draws_at_most(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(2))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=4, min_count=1)]))

    quiz = call(quizzes.get, quiz_id)
    assert (quiz.draw_count, quiz.max_score) == (4, 4)
    (section,) = call(quizzes.outline, quiz_id).sections
    assert section.slots[0] == DrawSlot(bank_id=bank, count=4, min_count=1)


def test_a_minimum_above_the_count_is_invalid() -> None:
    with pytest.raises(ValidationError):
        DrawSlot(bank_id=uuid.uuid4(), count=2, min_count=3)


# ---------------------------------------------------------------------------------------------- unseen first


def test_unseen_questions_come_first_and_then_repeats(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(5))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=3, unseen_first=True)]))
    ann = f"ann {bank}"
    drawn = []
    for _ in range(3):
        paper = start_attempt(call, quiz_id, ann)
        drawn.append(asked(paper))
        call(attempts.submit, paper.attempt_id, taker=ann, now=NOON)

    assert len({*drawn[0], *drawn[1]}) == 5
    assert set(drawn[1][:2]).isdisjoint(drawn[0])
    assert drawn[1][2] in drawn[0]
    assert len(drawn[2]) == 3


def test_a_new_question_is_drawn_before_those_that_a_taker_has_seen(call: Caller) -> None:
    bank, _ = bank_of(call, *numbered(2))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=1, unseen_first=True)]))
    ann = f"ann {bank}"
    for _ in range(3):
        call(attempts.submit, start_attempt(call, quiz_id, ann).attempt_id, taker=ann, now=NOON)
    bank_of(call, TrueFalse(content="New", answer=True), bank_id=bank)

    assert asked(start_attempt(call, quiz_id, ann)) == ["New"]


# ---------------------------------------------------------------------------------------------- shuffled sections


def test_each_attempt_has_its_own_order_of_sections_and_keeps_it(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(8))
    sections = [SectionOutline(slots=slots_for(ids[n : n + 2])) for n in range(0, 8, 2)]
    quiz_id = arranged(call, *sections, shuffle_sections=True)

    papers = [start_attempt(call, quiz_id, f"taker {n}") for n in range(8)]

    assert len({tuple(asked(paper)) for paper in papers}) > 4
    for number, paper in enumerate(papers):
        found = asked(paper)
        assert sorted(found) == [f"Question {n}" for n in range(1, 9)]
        assert all(int(one[-1]) + 1 == int(other[-1]) for one, other in zip(found[::2], found[1::2], strict=True))
        assert [question.page for question in paper.questions] == [1, 1, 2, 2, 3, 3, 4, 4]
        assert [section.page for section in paper.sections] == [1, 2, 3, 4]
        assert asked(call(attempts.paper, paper.attempt_id, taker=f"taker {number}", now=NOON)) == found


def test_a_sequential_section_keeps_its_navigation_wherever_it_is(call: Caller) -> None:
    _, ids = bank_of(call, *numbered(4))
    sections = [
        SectionOutline(slots=slots_for(ids[:2])),
        SectionOutline(slots=slots_for(ids[2:]), navigation=Navigation.SEQUENTIAL),
    ]
    quiz_id = arranged(call, *sections, shuffle_sections=True)

    papers = [start_attempt(call, quiz_id, f"taker {n}", seed=n.to_bytes(16, "big")) for n in range(12)]

    assert {tuple(asked(paper)) for paper in papers} == {("Question 1", "Question 2"), ("Question 3", "Question 4")}
    navigations = {tuple(section.navigation for section in paper.sections) for paper in papers}
    assert navigations == {(Navigation.FREE, Navigation.SEQUENTIAL), (Navigation.SEQUENTIAL, Navigation.FREE)}
