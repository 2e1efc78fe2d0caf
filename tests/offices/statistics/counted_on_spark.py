"""Counted events whose codes and numbers engines might take for others, and what a Spark cluster makes of them.

.venv-spark/bin/python counted_on_spark.py ADDRESS     every published table of them, as JSON
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any

from circumspect.offices.statistics import engine
from circumspect.offices.statistics.engine import EngineError
from circumspect.offices.statistics.plans import BY_CODE, PLANS, Measure, Year

YEAR = Year(2025, 7)
EVENTS = 200_000
# Case, spaces, composed and decomposed letters, digits, words of SQL, letters beyond two bytes: all of them are different codes.
CODES = (
    "main", "MAIN", "main ", " main", "", "null", "NULL", "0", "00", "1e3", "true", "ß", "ss", "İ", "i̇", "é", "e\u0301",
    "Żółw", "żółw", "日本", "📚", "\ufb01", "it's", 'a "quoted" one', "back\\slash", "%", "_", "2026-07", "202607", "\t", "-1",
)  # fmt: skip
KINDS = tuple(sorted({kind for plan in PLANS for kind in plan.kinds} | {"return", "Loan", "loan ", ""}))
MONTHS = tuple(y * 100 + m for y in (2024, 2025, 2026, 2027) for m in range(1, 13))
# The first whole number that a floating one cannot hold, and one that fits twice into no BIGINT.
PRECISE, HALF_TOO_MUCH = 2**53 + 1, 2**62
OVERFLOWING = Year(2030, 1)


def events() -> list[tuple[Any, ...]]:
    """The same at each call."""
    dice = random.Random(20261128)

    def any_of(choices: tuple[Any, ...]) -> list[Any]:
        return dice.choices(choices, k=EVENTS)

    measures = tuple(each.value for each in Measure)
    rows = list(
        zip(
            any_of(MONTHS), any_of(measures), any_of(KINDS), any_of(CODES), any_of(CODES[:9]), any_of(CODES[9:]),
            any_of(CODES[4:20]), any_of((0, 1, 1, 2, 30, PRECISE)), strict=True,
        )
    )  # fmt: skip
    return [*rows, *[one_more("placed", HALF_TOO_MUCH, 203005)] * 2]


def one_more(kind: str, count: int = 1, month: int = 202511) -> tuple[Any, ...]:
    """One event of a hold."""
    return month, Measure.HOLDS.value, kind, "main", "", "", "", count


def overflows(counts: engine.Counts) -> bool:
    """Whether a sum that does not fit is refused."""
    try:
        counts(BY_CODE["holds"], OVERFLOWING)
    except EngineError:
        return True
    return False


def main(address: str) -> None:
    rows, began = events(), time.monotonic()
    with engine.counting(address, rows) as counts:
        ready = time.monotonic()
        tables = {plan.code: [[*cell, count] for cell, count in counts(plan, YEAR).items()] for plan in PLANS}
        done = time.monotonic()
        print(
            json.dumps(
                {
                    "tables": tables,
                    "overflows": overflows(counts),
                    "seconds": [round(ready - began, 1), round(done - ready, 1)],
                }
            )
        )


if __name__ == "__main__":
    main(sys.argv[1])
