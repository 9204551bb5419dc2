"""The place of a taker on a leaderboard, with the entries around it."""

from __future__ import annotations

from typing import Final

from quizkit.crud._core.context import S, Work
from quizkit.crud.gradebook import board_statements as statements
from quizkit.crud.gradebook.board import Board
from quizkit.errors import Invalid
from quizkit.schemas import LeaderboardPlace

__all__ = ["place"]

MAX_NEIGHBOURS: Final = 50


def _refuse_neighbours(neighbours: int) -> None:
    """Raise `Invalid` if the number of neighbours is out of range."""
    if not 0 <= neighbours <= MAX_NEIGHBOURS:
        raise Invalid("neighbours", f"A place has 0 to {MAX_NEIGHBOURS} neighbours on each side", most=MAX_NEIGHBOURS)


def place(work: Work[S], board: Board, taker: S, neighbours: int) -> LeaderboardPlace[S] | None:
    """Return the place of a taker on a board, with the entries before and after it; None without a place.

    Raises:
        Invalid: `neighbours`.
    """
    _refuse_neighbours(neighbours)
    own = board.run(work, statements.grade_of_taker, {"__taker": taker}).one_or_none()
    if own is None:
        return None
    here = {**board.place(own), "limit": neighbours}
    before = board.run(work, statements.BEST_BEFORE[board.ties], here).all()[::-1]
    after = board.run(work, statements.BEST_AFTER[board.ties], here).all()
    # The taker's own grade may have changed since it was read: it is listed once.
    above, below = ([row for row in rows if row.id != own.id] for rows in (before, after))
    first = board.place([*above, own][0])
    counts = board.run(work, statements.COUNTS_AROUND[board.ties], first, listed=False).one()
    entries = board.entries([*above, own, *below], counts)
    at = len(above)
    return LeaderboardPlace(takers=counts.takers, above=entries[:at], own=entries[at], below=entries[at + 1 :])
