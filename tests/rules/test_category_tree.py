from __future__ import annotations

import pytest

from quizkit.errors import Refused
from quizkit.rules.category_tree import refuse_circle

TREE = {"Water": None, "Rivers": "Water", "Europe": "Rivers", "Air": None}


@pytest.mark.parametrize("parent", ["Water", "Rivers", "Europe"])
def test_a_category_cannot_be_below_itself(parent: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_circle(TREE, "Water", parent)
    assert refused.value.code == "category_circle"


def test_a_category_can_move_to_another_branch() -> None:
    refuse_circle(TREE, "Water", "Air")
    refuse_circle(TREE, "Europe", "Water")
