"""Whether readers of files are linear in what they read: twice as much should take about twice as long.

Run it with `make bench`. Each row is a file that was chosen to be slow to read, in four sizes; the ratios are those of
each size to half of it. About 2 is linear, about 4 would be quadratic. Absolute times mean nothing on a shared machine.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable
from typing import Final

from quizkit.errors import QuizkitError
from quizkit.formats import gift, handwritten, native

SIZES: Final = (20_000, 40_000, 80_000, 160_000)
ROUNDS: Final = 3


def _native(item: object) -> Callable[[int], str]:
    line = json.dumps(item)

    def make(size: int) -> str:
        lines = ",\n".join([line] * max(1, size // len(line)))
        return f'{{"format": "quizkit-questions", "version": 1, "questions": [{lines}]}}'

    return make


def _repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda size: before + piece * (size // len(piece)) + after


_RIVER: Final = {"category": [], "question": {"type": "true_false", "content": "The Rhine is a river.", "answer": True}}

CASES: Final[dict[str, tuple[Callable[[str], object], Callable[[int], str]]]] = {
    "gift: questions": (gift.read, _repeated("::x:: y {=z ~v}\n\n")),
    "gift: ids that never end": (gift.read, _repeated("[id:", "// ", "\n\nx {T}\n")),
    "gift: tags that never end": (gift.read, _repeated("[tag:", "// ", "\n\nx {T}\n")),
    "gift: comments": (gift.read, _repeated("// [id:x]\n")),
    "gift: backslashes": (gift.read, _repeated("\\")),
    "gift: opening braces": (gift.read, _repeated("{")),
    "gift: titles": (gift.read, _repeated("::")),
    "gift: options": (gift.read, _repeated("~x", "q {", "}")),
    "gift: equals": (gift.read, _repeated("=x", "q {", "}")),
    "gift: pairs": (gift.read, _repeated("=a -> b ", "q {", "}")),
    "gift: a long weight": (gift.read, _repeated("1", "q {~%1.", "%x}")),
    "gift: slashes of a category": (gift.read, _repeated("/", "$CATEGORY: ")),
    "gift: bad items": (gift.read, _repeated("{\n\n")),
    "native: questions": (native.read, _native(_RIVER)),
    "native: bad items": (native.read, _native({})),
    "native: white space": (native.read, _repeated("\n", '{"format": "quizkit-questions", "version": 1, "questions": [', "]}")),
    "native: brackets": (native.read, _repeated("[", '{"format": "quizkit-questions", "version": 1, "questions": ')),
    "handwritten: options as text": (
        lambda text: handwritten.read_keyed([(text, text, text)], key=handwritten.Key.TEXT), _repeated("["),
    ),
    "handwritten: rows": (
        lambda text: handwritten.read_option_rows((n % 977, "q", f"o{n}", n == 1) for n in range(len(text) // 20)),
        _repeated("x"),
    ),
}  # fmt: skip


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return how long it takes to read a text, refused or not: the best of a few."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with contextlib.suppress(QuizkitError):
            read(text)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Print how much longer each size takes than half of it."""
    print(f"{'reading':32} {'ms for 160 kB':>14} {'× when doubled':>24}")
    for name, (read, make) in CASES.items():
        times = [seconds(read, make(size)) for size in SIZES]
        ratios = "  ".join(f"{long / short:5.2f}" for short, long in itertools.pairwise(times))
        print(f"{name:32} {times[-1] * 1000:14.1f} {ratios:>24}")


if __name__ == "__main__":
    main()
