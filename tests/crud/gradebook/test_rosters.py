"""The grades of takers whom the host names, also of those who never started."""

from __future__ import annotations

import uuid

import pytest

from conftest import Caller
from quizkit.crud import attempts, gradebook, previews
from quizkit.errors import Invalid, UsageError
from taking import NOON, published, start_attempt


def test_a_roster_has_every_named_taker_in_the_order_of_the_names(call: Caller) -> None:
    """Cem has never started, ben has not finished, dee has only seen a preview."""
    quiz_id = published(call)
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)
    start_attempt(call, quiz_id, "ben")
    call(previews.start, quiz_id, actor="dee", now=NOON)
    (grade,) = call(gradebook.grades, quiz_id=quiz_id).items

    found = call(gradebook.roster, quiz_id, takers=["cem", "ann", "dee", "ben", "ann"])

    assert [(one.taker_id, one.started, one.grade) for one in found] == [
        ("cem", False, None),
        ("ann", True, grade),
        ("dee", False, None),
        ("ben", True, None),
        ("ann", True, grade),
    ]


def test_a_roster_has_the_grades_of_one_assignment(call: Caller) -> None:
    quiz_id = published(call)
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)

    (found,) = call(gradebook.roster, assignment_id=uuid.uuid4(), takers=["ann"])

    assert (found.started, found.grade) == (False, None)


def test_a_roster_is_bounded_and_may_be_empty(call: Caller) -> None:
    here = {"assignment_id": uuid.uuid4()}

    assert call(gradebook.roster, **here, takers=[]) == ()
    assert len(call(gradebook.roster, **here, takers=[str(n) for n in range(200)])) == 200
    with pytest.raises(Invalid) as refused:
        call(gradebook.roster, **here, takers=[str(n) for n in range(201)])
    assert refused.value.code == "argument_invalid"
    for wrong in ("ann", [7], [None], [""]):
        with pytest.raises(UsageError):
            call(gradebook.roster, **here, takers=wrong)
