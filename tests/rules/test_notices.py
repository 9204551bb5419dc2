"""When notices were posted."""

from __future__ import annotations

from quizkit.rules.notices import with_times


def notice(content: str, posted_at: str | None = None) -> dict[str, str | None]:
    return {"content": content, "question_id": None, "posted_at": posted_at}


def test_a_new_notice_is_posted_now_unless_it_has_a_time() -> None:
    given = [notice("One."), notice("Two.", "then")]

    assert with_times(given, [], "now") == [notice("One.", "now"), notice("Two.", "then")]


def test_a_notice_that_was_there_before_keeps_its_time() -> None:
    before = [notice("One.", "then")]

    assert with_times([notice("One."), notice("Two.")], before, "now") == [
        notice("One.", "then"),
        notice("Two.", "now"),
    ]
