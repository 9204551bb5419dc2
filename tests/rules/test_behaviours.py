"""Sequences of actions, worked out by hand from Moodle's definitions: the state and the mark after each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizkit.rules.behaviours import (
    QuestionProgress,
    Step,
    TryPolicy,
    certain,
    hint_number,
    next_try,
    replay,
    tries_left,
)
from quizkit.vocabulary import Action, Behaviour, Certainty, TryState

# A step is an action and, where there is one, a response: `r` right, `w`, `v` two wrong ones, `h` half right,
# `t` a third, `-` blank, `?` one that needs manual grading, `i` half right and incomplete, `R` three fractions
# of 0.3333333, `z` one of 0.0000001. After it the expected state and mark, `.` for none.
WORTH: dict[str, Fraction | None] = {
    "r": Fraction(1),
    "w": Fraction(0),
    "v": Fraction(0),
    "h": Fraction(1, 2),
    "t": Fraction(1, 3),
    "n": Fraction(-1, 2),
    "?": None,
    "i": Fraction(1, 2),
    "R": Fraction(9_999_999, 10_000_000),
    "z": Fraction(1, 10_000_000),
}
ACTIONS = {"s": Action.SAVE, "c": Action.CHECK, "a": Action.TRY_AGAIN, "f": Action.FINISH}
STATES = {
    "todo": TryState.TODO,
    "done": TryState.COMPLETE,
    "again": TryState.TRY_AGAIN,
    "right": TryState.RIGHT,
    "part": TryState.PARTLY,
    "wrong": TryState.WRONG,
    "gave": TryState.GAVE_UP,
    "person": TryState.NEEDS_GRADING,
}
POLICIES = {
    "deferred": TryPolicy(Behaviour.DEFERRED),
    "immediate": TryPolicy(Behaviour.IMMEDIATE),
    "interactive 3": TryPolicy(Behaviour.INTERACTIVE, Fraction(1, 3), hints=2),
    "interactive 2": TryPolicy(Behaviour.INTERACTIVE, Fraction(1, 2), hints=1),
    "interactive 1": TryPolicy(Behaviour.INTERACTIVE, Fraction(1, 3), hints=0),
    "adaptive": TryPolicy(Behaviour.ADAPTIVE, Fraction(1, 3)),
    "adaptive tenth": TryPolicy(Behaviour.ADAPTIVE, Fraction(1, 10)),
    "adaptive free": TryPolicy(Behaviour.ADAPTIVE_NO_PENALTY, Fraction(1, 3)),
    "deferred cbm": TryPolicy(Behaviour.DEFERRED_CBM),
    "immediate cbm": TryPolicy(Behaviour.IMMEDIATE_CBM),
}

SEQUENCES = """
deferred        | sr done .      | f  right 1
deferred        | sw done .      | f  wrong 0
deferred        | sh done .      | f  part 1/2
deferred        | sn done .      | f  wrong -1/2
deferred        | f  gave 0
deferred        | sr done .      | s- todo .        | f  gave 0
deferred        | sw done .      | sr done .        | f  right 1
deferred        | sr done .      | sw done .        | f  wrong 0
deferred        | s? done .      | f  person .
deferred        | cr done .      | f  right 1
deferred        | sr done .      | a  done .        | f  right 1
deferred        | sr done .      | f  right 1       | sw right 1       | f right 1
immediate       | cr right 1
immediate       | cw wrong 0
immediate       | ch part 1/2
immediate       | c? person .
immediate       | c- todo .      | cr right 1
immediate       | sw done .      | cr right 1
immediate       | sr done .      | f  right 1
immediate       | f  gave 0
immediate       | cw wrong 0     | cr wrong 0       | f  wrong 0
immediate       | s- todo .      | f  gave 0
interactive 3   | cr right 1
interactive 3   | cw again .     | a todo .         | cr right 2/3
interactive 3   | cw again .     | a todo .         | cv again .       | a todo . | cr right 1/3
interactive 3   | cw again .     | a todo .         | cv again .       | a todo . | cw wrong 0
interactive 3   | cw again .     | a todo .         | cw again .       | a todo . | ch part 0
interactive 3   | ch again .     | a todo .         | ch again .       | a todo . | ch part 0
interactive 3   | ch again .     | f  part 1/6
interactive 3   | cw again .     | f  wrong 0
interactive 3   | cw again .     | a todo .         | sr done .        | f right 2/3
interactive 3   | cw again .     | a todo .         | cv again .       | a todo . | sr done . | f right 1/3
interactive 3   | cw again .     | sr again .       | cr again .       | a todo . | cr right 2/3
interactive 3   | a  todo .      | sr done .        | a done .         | f right 1
interactive 3   | sr done .      | f  right 1
interactive 3   | f  gave 0
interactive 3   | c- todo .      | cr right 1
interactive 3   | cw again .     | a todo .         | c- todo .        | cr right 2/3
interactive 3   | c? person .
interactive 3   | cw again .     | a todo .         | s- todo .        | f gave 0
interactive 2   | cw again .     | a todo .         | cr right 1/2
interactive 2   | cw again .     | a todo .         | cw wrong 0
interactive 2   | ch again .     | a todo .         | ch part 0
interactive 2   | ch again .     | f part 0
interactive 1   | cw wrong 0
interactive 1   | ch part 1/2
interactive 1   | cr right 1     | cw right 1
adaptive        | cw todo 0      | cr done 2/3      | f right 2/3
adaptive        | cr done 1      | f  right 1
adaptive        | cr done 1      | cw done 1        | f right 1
adaptive        | cw todo 0      | cw todo 0        | cr done 2/3
adaptive        | cw todo 0      | cv todo 0        | cr done 1/3      | f right 1/3
adaptive        | cw todo 0      | cv todo 0        | cw todo 0        | cr done 0 | f right 0
adaptive        | ch todo 1/2    | cr done 2/3      | f right 2/3
adaptive        | ch todo 1/2    | ct todo 1/2      | f part 1/2
adaptive        | cw todo 0      | sr done 0        | f right 2/3
adaptive        | sr done .      | f  right 1
adaptive        | cw todo 0      | f  wrong 0
adaptive        | f  gave 0
adaptive        | ch todo 1/2    | s- todo 1/2      | f part 1/2
adaptive        | c- todo .      | cr done 1
adaptive        | c? person .
adaptive        | cw todo 0      | sw done 0        | f wrong 0
adaptive        | cn todo 0      | cr done 2/3
adaptive tenth  | cw todo 0      | cr done 9/10     | f right 9/10
adaptive tenth  | ch todo 1/2    | cw todo 1/2      | cr done 4/5      | f right 4/5
adaptive free   | cw todo 0      | cv todo 0        | cr done 1        | f right 1
adaptive free   | cr done 1      | cw done 1        | f right 1
adaptive free   | ch todo 1/2    | sr done 1/2      | f right 1
deferred cbm    | sr done .      | f  right 1
deferred cbm    | sr3 done .     | f  right 3
deferred cbm    | sr2 done .     | f  right 2
deferred cbm    | sw3 done .     | f  wrong -6
deferred cbm    | sw2 done .     | f  wrong -2
deferred cbm    | sw1 done .     | f  wrong 0
deferred cbm    | sh3 done .     | f  part 3/2
deferred cbm    | f  gave 0
deferred cbm    | sr1 done .     | sr3 done .       | f right 3
immediate cbm   | cr3 right 3
immediate cbm   | cw3 wrong -6
immediate cbm   | ch2 part 1
immediate cbm   | sw3 done .     | cr2 right 2
immediate cbm   | c?3 person .
deferred        | si todo .      | f  part 1/2
deferred        | sR done .      | f  right 9999999/10000000
deferred        | sz done .      | f  wrong 1/10000000
deferred cbm    | sR3 done .     | f  right 29999997/10000000
deferred cbm    | sz3 done .     | f  wrong -6
immediate       | cR right 9999999/10000000
immediate       | cz wrong 1/10000000
immediate       | ci todo .      | cr right 1
immediate       | ci todo .      | f  part 1/2
immediate       | c- todo .      | f  gave 0
immediate cbm   | c-3 todo .     | f  gave 0
interactive 1   | cz wrong 1/10000000
interactive 3   | cR right 9999999/10000000
interactive 3   | cz again .
interactive 3   | cw again .     | a todo .         | cR right 19999997/30000000
interactive 3   | ci todo .      | cr right 1
interactive 3   | ci todo .      | f  part 1/2
interactive 3   | cw again .     | a todo .         | ci todo .        | f part 1/6
interactive 3   | cw again .     | a todo .         | c- todo .        | f gave 0
interactive 3   | cn again .     | f  wrong 0
adaptive        | cR done 9999999/10000000          | cw done 9999999/10000000 | f right 9999999/10000000
adaptive        | cz todo 1/10000000                | f  wrong 1/10000000
adaptive        | ci todo .      | cr done 1
adaptive        | cw todo 0      | ci todo 0        | f part 1/6
adaptive        | cw todo 0      | c- todo 0        | f wrong 0
adaptive        | cr done 1      | c- todo 1        | f right 1
adaptive        | ch todo 1/2    | cr done 2/3      | cw done 2/3      | f right 2/3
"""


def rows() -> list[tuple[str, list[tuple[str, str, str]]]]:
    found = []
    for line in SEQUENCES.strip().splitlines():
        name, *steps = (part.strip() for part in line.split("|"))
        found.append((name, [tuple(step.split()) for step in steps]))
    return found  # type: ignore[return-value] # three words each


def did(word: str) -> Step:
    action = ACTIONS[word[0]]
    letter = word[1:2]
    certainty = {"1": Certainty.LOW, "2": Certainty.MID, "3": Certainty.HIGH}[word[2:3] or "1"]
    if letter in {"", "-"}:
        return Step(action)
    return Step(action, letter, WORTH[letter], certainty, complete=letter != "i")


@pytest.mark.parametrize(("name", "steps"), rows(), ids=[f"{n}-{' '.join(s[0] for s in steps)}" for n, steps in rows()])
def test_the_state_and_the_mark_after_each_action(name: str, steps: list[tuple[str, str, str]]) -> None:
    done: list[Step] = []
    for word, state, mark in steps:
        done.append(did(word))
        progress = replay(POLICIES[name], done)
        expected = None if mark == "." else Fraction(mark)
        assert (progress.state, progress.fraction) == (STATES[state], expected), word


def test_the_cases_include_enough_sequences() -> None:
    assert len(rows()) >= 60


def test_a_check_without_effect_is_reported_as_not_counted() -> None:
    policy = POLICIES["adaptive"]

    assert replay(policy, [did("cw")]).changed
    assert not replay(policy, [did("cw"), did("cw")]).changed
    assert replay(policy, [did("cw"), did("cv")]).tries == 2
    assert not replay(POLICIES["immediate"], [did("cw"), did("cr")]).changed
    assert not replay(POLICIES["interactive 3"], [did("cw"), did("cr")]).changed


def parts(**shares: int) -> dict[str, Fraction]:
    return {name: Fraction(share, 4) for name, share in shares.items()}


def tried(*each: dict[str, Fraction]) -> list[Step]:
    done = []
    for number, shares in enumerate(each):
        done += [Step(Action.CHECK, number, sum(shares.values(), Fraction(0)), parts=shares), Step(Action.TRY_AGAIN)]
    return done


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        # Four parts of a quarter; each part costs only the tries before it stayed right.
        ([parts(a=1, b=1, c=1, d=1)], Fraction(1)),
        ([parts(a=1, b=1, c=1, d=0), parts(a=1, b=1, c=1, d=1)], Fraction(3, 4) + Fraction(1, 4) * Fraction(2, 3)),
        ([parts(a=0, b=0, c=0, d=0), parts(a=1, b=1, c=1, d=1)], Fraction(2, 3)),
        (
            [parts(a=1, b=0, c=0, d=0), parts(a=0, b=1, c=0, d=0), parts(a=1, b=1, c=0, d=0)],
            Fraction(1, 4) * Fraction(1, 3) + Fraction(1, 4) * Fraction(2, 3),
        ),
        ([parts(a=1, b=0, c=0, d=0)] * 3, Fraction(1, 4)),
        # No part reduces another, as in Moodle.
        ([parts(a=2, b=-2)], Fraction(1, 2)),
        ([parts(a=-2, b=-2)], Fraction(0)),
        ([parts(a=0, b=-2), parts(a=2, b=-2)], Fraction(1, 2) * Fraction(2, 3)),
    ],
)
def test_types_with_parts_reward_each_part_by_its_first_right_try(
    tries: list[dict[str, Fraction]], expected: Fraction
) -> None:
    progress = replay(POLICIES["interactive 3"], [*tried(*tries), Step(Action.FINISH)])

    assert progress.fraction == expected


@pytest.mark.parametrize(
    ("fraction", "certainty", "worth"),
    [
        (Fraction(1), Certainty.LOW, 1),
        (Fraction(1), Certainty.MID, 2),
        (Fraction(1), Certainty.HIGH, 3),
        (Fraction(0), Certainty.LOW, 0),
        (Fraction(0), Certainty.MID, -2),
        (Fraction(0), Certainty.HIGH, -6),
        (Fraction(-1, 3), Certainty.HIGH, -6),
        (Fraction(1, 3), Certainty.HIGH, 1),
    ],
)
def test_the_fraction_depends_on_certainty_and_correctness(
    fraction: Fraction, certainty: Certainty, worth: int
) -> None:
    assert certain(fraction, certainty) == worth


@pytest.mark.parametrize(
    ("chance", "best"),
    [(Fraction(1, 2), Certainty.LOW), (Fraction(7, 10), Certainty.MID), (Fraction(9, 10), Certainty.HIGH)],
)
def test_the_true_certainty_has_the_best_expected_mark(chance: Fraction, best: Certainty) -> None:
    """Low up to two thirds, high from four fifths."""
    expected = {one: chance * certain(Fraction(1), one) + (1 - chance) * certain(Fraction(0), one) for one in Certainty}

    assert max(expected, key=lambda one: expected[one]) is best


# Equal responses earn the same each time, as a whole and in their parts.
SHARES = {
    "a": parts(x=2, y=2),
    "b": parts(x=2, y=0),
    "c": parts(x=2, y=-2),
    "d": parts(x=0, y=-1),
    "e": {"x": Fraction(1, 3), "y": Fraction(6_666_666, 10_000_000)},
    "f": {"x": Fraction(1, 10_000_000), "y": Fraction(0)},
}


@st.composite
def dids(draw: st.DrawFn) -> Step:
    response = draw(st.one_of(st.none(), st.sampled_from([*SHARES, "person"])))
    action, certainty = draw(st.sampled_from(Action)), draw(st.sampled_from(Certainty))
    if response is None:
        return Step(action, certainty=certainty)
    if response == "person":
        return Step(action, response, None, certainty)
    shares = SHARES[response]
    whole = sum(shares.values(), Fraction(0))
    return Step(
        action, response, whole, certainty, shares if draw(st.booleans()) else None, complete=draw(st.booleans())
    )


DONE = dids()
NEARLY_NOTHING, NEARLY_ALL = Fraction(1, 10**6), 1 - Fraction(1, 10**6)


@given(st.sampled_from(sorted(POLICIES)), st.lists(DONE, max_size=12))
def test_state_fraction_and_points_agree_after_every_action(name: str, done: list[Step]) -> None:
    progress = replay(POLICIES[name], [*done, Step(Action.FINISH)])
    state, fraction = progress.state, progress.fraction

    assert (fraction is None) == (state is TryState.NEEDS_GRADING)
    if fraction is None:
        return
    assert state is not TryState.GAVE_UP or fraction == 0
    assert state is not TryState.WRONG or fraction < NEARLY_NOTHING
    assert fraction <= NEARLY_ALL or state is TryState.RIGHT or "cbm" in name
    assert fraction < NEARLY_NOTHING or state in {TryState.RIGHT, TryState.PARTLY}
    if state is TryState.RIGHT:
        penalty = 0 if "cbm" in name or name == "adaptive free" else POLICIES[name].penalty
        assert fraction >= min(NEARLY_ALL, NEARLY_ALL - progress.tries * penalty)


@given(st.sampled_from(sorted(POLICIES)), st.lists(DONE, max_size=12))
def test_blank_and_incomplete_responses_use_no_try(name: str, done: list[Step]) -> None:
    """Checks of incomplete responses may be omitted from a history: tries and penalties stay the same."""
    without = [one for one in done if one.action is not Action.CHECK or (one.response is not None and one.complete)]
    saved = [replace(one, action=Action.SAVE) if one not in without else one for one in done]

    one, other = replay(POLICIES[name], done), replay(POLICIES[name], saved)
    assert (one.state, one.fraction, one.tries) == (other.state, other.fraction, other.tries)


@example("deferred", [Step(Action.SAVE, "d", Fraction(-1, 4))])
@example("immediate", [Step(Action.CHECK, "d", Fraction(-1, 4))])
@given(st.sampled_from(sorted(POLICIES)), st.lists(DONE, max_size=12))
def test_the_mark_stays_in_its_range_after_every_action(name: str, done: list[Step]) -> None:
    policy = POLICIES[name]
    progress = replay(policy, [*done, Step(Action.FINISH)])
    least = min(sum(shares.values(), Fraction(0)) for shares in SHARES.values())
    low, high = (-6, 3) if "cbm" in name else (least if name in {"deferred", "immediate"} else 0, 1)

    assert progress.state.finished
    assert progress.fraction is None or low <= progress.fraction <= high
    assert replay(policy, [*done, Step(Action.FINISH), *done]).fraction == progress.fraction


MARKED = dids().filter(lambda one: one.fraction is not None)


@given(st.sampled_from(["adaptive", "adaptive free", "adaptive tenth"]), st.lists(MARKED, max_size=12))
def test_an_adaptive_mark_never_decreases(name: str, done: list[Step]) -> None:
    marks = [replay(POLICIES[name], done[:n]).fraction or Fraction(0) for n in range(len(done) + 1)]

    assert marks == sorted(marks)


def test_a_question_without_actions_earns_nothing() -> None:
    assert replay(POLICIES["deferred"], []) == QuestionProgress()


def test_a_question_has_tries_left_until_it_is_finished() -> None:
    policy = TryPolicy(Behaviour.INTERACTIVE, hints=2)

    assert tries_left(policy, QuestionProgress(tries=1)) == 2
    assert tries_left(policy, QuestionProgress(TryState.RIGHT, tries=1)) == 0
    assert tries_left(TryPolicy(Behaviour.DEFERRED), QuestionProgress()) == 0


def test_the_next_try_has_the_next_number_while_a_question_can_be_checked() -> None:
    policy = TryPolicy(Behaviour.INTERACTIVE, hints=2)

    assert next_try(policy, QuestionProgress()) == 1
    assert next_try(policy, QuestionProgress(TryState.TRY_AGAIN, tries=2)) == 3
    assert next_try(policy, QuestionProgress(TryState.RIGHT, tries=2)) is None
    assert next_try(policy, QuestionProgress(tries=3)) is None
    assert next_try(TryPolicy(Behaviour.DEFERRED), QuestionProgress()) is None


def test_a_hint_is_shown_until_it_is_acknowledged() -> None:
    policy = TryPolicy(Behaviour.INTERACTIVE, hints=1)

    assert hint_number(policy, QuestionProgress(TryState.TRY_AGAIN, tries=1)) == 1
    assert hint_number(policy, QuestionProgress(TryState.TRY_AGAIN, tries=2)) is None
    assert hint_number(policy, QuestionProgress(TryState.TODO, tries=1)) is None
