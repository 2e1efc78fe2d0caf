"""Hide small cells, and as many others as it takes that no small one can be worked out. Pure.

1. A count from 1 to one less than ``smallest`` is hidden. Zero is shown: it tells of nobody.
2. Where a line has one hidden cell, or its hidden cells add up to a small number, the total gives it away: the
   smallest other cell of the line is hidden too, and the total itself where there is none.
3. That goes on over all tables at once until nothing changes, for the tables share their totals.
4. What is shown is rounded.

What has been shown before cannot be hidden any more. A table for which the rules find no way is withheld.
Whether they have found one is not believed but tried: see ``attacking``.

Source: clause MP-4.16; guarantee 12.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from circumspect.offices.statistics.tables import Line, Region, Table

LEAST_SMALLEST = 5
SMALLEST = 11
ROUND_TO = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """How much is hidden.

    Attributes:
        smallest: The smallest count that is shown; 5 at least.
        round_to: What is shown is rounded to a multiple of this; 1 for not at all.
    """

    smallest: int = SMALLEST
    round_to: int = ROUND_TO

    def __post_init__(self) -> None:
        if self.smallest < LEAST_SMALLEST:
            raise ValueError(f"[statistics] smallest cannot be less than {LEAST_SMALLEST}")
        if not 1 <= self.round_to <= self.smallest:
            raise ValueError("[statistics] round_to is at least 1, and at most the smallest count shown")

    def is_small(self, count: int) -> bool:
        """Whether a count is of so few that they might be known."""
        return 0 < count < self.smallest

    def rounded(self, count: int) -> int:
        """As it is shown."""
        return (count + self.round_to // 2) // self.round_to * self.round_to

    def range_of(self, shown: int) -> tuple[int, int]:
        """The least and the most a shown number can stand for."""
        if shown == 0:
            return 0, 0
        half = self.round_to // 2
        return max(self.smallest, shown - half), shown + (self.round_to - 1 - half)


class NoWayError(Exception):
    """A line cannot be protected: all that could be hidden has been shown before."""

    def __init__(self, line: Line) -> None:
        super().__init__("a small count cannot be hidden any more")
        self.line = line


def hide(
    tables: Iterable[Table],
    rule: Rule,
    *,
    shown_before: Collection[Region] = (),
    hidden_before: Collection[Region] = (),
    also: Collection[Region] = (),
    complementary: bool = True,
) -> set[Region]:
    """The regions to hide.

    Args:
        shown_before: Cannot be hidden any more.
        hidden_before: Stay hidden.
        also: Hidden whatever their counts.
        complementary: False leaves out steps 2 and 3; for the test that shows what they are for.

    Raises:
        NoWayError: The rules find no way.
    """
    counts: dict[Region, int] = {}
    lines: list[Line] = []
    for table in tables:
        counts |= table.counts
        lines += table.shape.lines()
    fixed = set(shown_before)
    hidden = ({region for region, count in counts.items() if rule.is_small(count)} | set(also)) & set(counts)
    hidden = (hidden - fixed) | (set(hidden_before) & set(counts))
    if not complementary:
        return hidden
    at: dict[Region, list[Line]] = defaultdict(list)
    for line in lines:
        for region in (line.total, *line.parts):
            at[region].append(line)
    waiting = [line for line in lines if _gives_away(line, hidden, counts, rule)]
    while waiting:
        line = waiting.pop()
        if not _gives_away(line, hidden, counts, rule):
            continue
        one = _next_to_hide(line, hidden, fixed, counts)
        hidden.add(one)
        waiting += [line, *at[one]]
    return hidden


def _gives_away(line: Line, hidden: set[Region], counts: Mapping[Region, int], rule: Rule) -> bool:
    parts = [region for region in line.parts if region in hidden]
    if line.total in hidden:
        return not parts
    return len(parts) == 1 or (bool(parts) and sum(counts[each] for each in parts) < rule.smallest)


def _next_to_hide(
    line: Line, hidden: set[Region], fixed: set[Region], counts: Mapping[Region, int]
) -> Region:
    """The part that costs least; an empty one only where there is no other; the total last."""
    free = [region for region in line.parts if region not in hidden and region not in fixed]
    filled = [region for region in free if counts[region]]
    if filled:
        return min(filled, key=lambda region: (counts[region], sorted(region)))
    if line.total not in hidden and line.total not in fixed:
        return line.total
    if free:
        return min(free, key=sorted)
    raise NoWayError(line)


def shown(table: Table, hidden: Collection[Region], rule: Rule) -> dict[Region, int | None]:
    """What is published of a table: rounded numbers, None for what is hidden."""
    return {
        region: None if region in hidden else rule.rounded(count) for region, count in table.counts.items()
    }
